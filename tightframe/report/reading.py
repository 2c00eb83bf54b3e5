"""What the words and numbers of the page mean, for a reader who comes to it first: the page's own glossary."""

from __future__ import annotations

STATUSES = {
    "proved": "The last step of the derivation concludes exactly the statement, every step is accepted by a rule of "
    "the kernel, and the steps need no more than the assumptions listed.",
    "sharpened": "Proved, and more than was published: a better constant, a weaker assumption, or equality attained.",
    "refuted": "False as stated, by an exact counterexample; what holds instead is proved.",
    "cited": "Trusted on the word of the source, not checked here.",
    "empirical": "A statement about networks or logs in words; it is judged on data and never proved.",
    "undecided": "A step was neither accepted nor refuted.",
    "unproved": "Stated, without a derivation.",
    "with all it rests on": "The claims that it uses are decided too, down to the roots of the graph.",
}
EVIDENCE = {
    "kernel": "Rocq has checked a second proof of the same formula, translated from the statement.",
    "exact": "Symbolic algebra with exact numbers, for every value of the symbols.",
    "ball": "Interval arithmetic with rigorous error bounds.",
    "SMT": "The solver z3.",
    "attacked": "The formula was evaluated with error bounds at random exact points inside its assumptions.",
    "searched": "A directed search for the point at which the formula comes closest to failing. The margin there is "
    "the difference of the two sides over the sum of their sizes: 0 is equality, negative would be a counterexample.",
    "mutants": "The claim with one constant, sign, strictness or assumption changed. The proof must not prove any of "
    "them; one that it does prove has to be a true statement itself.",
    "trusts": "What has to be right for the claim to be right, beside the kernel's own few hundred lines.",
}
VERDICTS = {
    "RESPECTED": "Inside the bound at every logged time in scope.",
    "VIOLATED": "Outside. For an inequality that is proved, that would be a bug of this project until shown otherwise; "
    "for a statement about experiments, it means that the data say otherwise, beyond chance.",
    "VACUOUS": "The bound lies beyond what the quantity can be, so it says nothing there.",
    "OUT_OF_SCOPE": "The assumptions fail, by the amount given in the reason.",
    "INCONCLUSIVE": "Not logged, or too few seeds to tell.",
    "margin": "For a bound: its distance to the measured value over the larger of the two, at the time where it is "
    "smallest; below 0 the bound fails, and down to -1e-9 that is rounding. For a question about several runs: the "
    "distance to its limit, in the unit that the reason names.",
}
CLOCKS = {
    "fit": "First logged time with a training accuracy of at least 0.99.",
    "RNC1 drop": "First time after the fit at which RNC1 is half way from its value there to its smallest one later.",
    "half way": "First time after the fit at which test accuracy has made half of its remaining way.",
    "generalises": "First time after the fit at which test accuracy reaches 0.9 of its value at the end.",
}
OBSERVABLES = {
    "train_accuracy, test_accuracy": "share of samples that are classified rightly",
    "train_loss, test_loss, cross_entropy, train_cross_entropy, test_cross_entropy": "mean of the training "
    "objective, and of the cross-entropy where that is another one",
    "objective": "loss plus weight decay, which the flow descends",
    "nc1": "within-class variability, tr(S_W S_B^+)/K",
    "nc1_trace_ratio": "tr S_W/tr S_B",
    "rnc1": "tr S_W over the largest squared feature norm",
    "nc2": "distance of the class means to a simplex frame",
    "nc3": "mean over classes of 1 - cos(w_c, mu_c - mu_G)",
    "nc4": "share of samples where the head and the nearest class mean disagree",
    "cdnv": "mean over pairs of classes of their variance over their squared distance",
    "relative_flatness": "kappa = E[||phi||^2 tr Cov_p(w)], of the last layer, exact",
    "relative_flatness_surrogate": "the published surrogate ||W||_F^2 Tr H",
    "relative_flatness_mse": "kappa for the squared error",
    "flatness_loss_bound": "the bound on kappa by the loss alone",
    "feature_norm": "mean ||phi||, phi the input of the last layer",
    "head_norm": "||W||_F",
    "collapsed_norm": "mean over classes of ||mu_c - mu_G||",
    "parameter_norm": "norm of all parameters",
    "mode": "singular value that the head and the features have together",
    "logit": "mean of the right class's logit over the mean of all classes",
    "margin_min": "smallest logit gap of the right class to another one",
    "mean_wrong_probability": "mean probability of a wrong class",
    "test_error": "1 - test_accuracy",
    "unseen_error": "the same on the second half of the test samples, of which its bound knows nothing",
    "superfluous_information": "what the noisy feature tells of the input beyond the label, in nats",
    "superfluous_information_least": "the least that it can be, without drawing the noise",
    "projected_information, projected_information_logdet": "the same in the eight principal axes of the features, and "
    "its upper bound",
    "projected_information_50, projected_information_200, projected_information_800": "its nearest-neighbour estimate "
    "from so many draws of each class",
    "alignment_800, alignment_shuffled_800, nhsic_800, nhsic_shuffled_800": "centred alignment and normalised HSIC of "
    "800 features with their classes, and with the classes shuffled",
    "nhsic_superfluous_800, nhsic_unrelated_800": "normalised HSIC with the inputs less that with the classes, and the "
    "same with the inputs of other samples",
    "seli_distance_means, seli_distance_head, simplex_distance_means, simplex_distance_head": "distances of normalised "
    "Gram matrices to the geometry for unequal classes (SELI) and to the simplex frame",
    "within_class_variance, within_scatter": "tr S_W, and N times it",
    "nc1_balancedness_bound": "what the balance of the last layers and the training error allow nc1_trace_ratio to be",
    "norm_over_equilibrium, feature_norm_over_equilibrium, flatness_over_equilibrium": "the measured value over the "
    "closed form's at equilibrium; 1 is agreement",
    "feature_norm_over_rest, flatness_over_rest": "the same for a simulation, whose own weight decays decide where it "
    "comes to rest",
    "objective_over_ce_ufm_optimum, objective_over_mse_ufm_optimum, objective_over_deep_ufm_optimum": "the objective "
    "over its least value in closed form",
    "balancedness_defect": "distance of the balancedness to its exact decay, over the norms at the start",
    "objective_rise": "how much the objective has risen from one logged time to the next",
    "balancedness": "largest eigenvalue, in size, of W_2^T W_2 - W_1 W_1^T for two consecutive layers",
}
READING = {
    "Statuses": STATUSES,
    "Evidence": EVIDENCE,
    "Verdicts": VERDICTS,
    "Clocks": CLOCKS,
    "Curves": OBSERVABLES,
}
