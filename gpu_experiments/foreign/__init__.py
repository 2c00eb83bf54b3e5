"""Other people's training logs: read as they are, grouped, and held against the feature-norm claims.

report = judge_logs("their_logs/", mapping="nc1=NC1,fn=feat_norm", onset_threshold=0.05)
"""

from gpu_experiments.foreign.errors import LogError
from gpu_experiments.foreign.judging import judge_logs
from gpu_experiments.foreign.logs import Log, read_logs
from gpu_experiments.foreign.onset import Onset, find_onset
from gpu_experiments.foreign.words import in_words

__all__ = ["Log", "LogError", "Onset", "find_onset", "in_words", "judge_logs", "read_logs"]
