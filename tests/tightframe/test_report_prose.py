"""Plain characters become mathematics in line, claim keys and HTML stay text."""

import pytest

from tightframe.report.prose import prose


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("kappa <= lambda^2 k^3 q/(1+(k-1)q)^2", "κ ≤ λ<sup>2</sup> k<sup>3</sup> q/(1+(k−1)q)<sup>2</sup>"),
        ("||w_c - w_k||^2", "‖w<sub>c</sub> − w<sub>k</sub>‖<sup>2</sup>"),
        ("||W||_F^2 Tr H", "‖W‖<sub>F</sub><sup>2</sup> Tr H"),
        ("N^(-2/(d + 4))", "N<sup>−2/(d + 4)</sup>"),
        ("diag(p) (x) phi", "diag(p) ⊗ φ"),
        ("two_clocks and mse_ufm_optimum", "two_clocks and mse_ufm_optimum"),
        ("a within-class mean, NC1-NC3, e-folds", "a within-class mean, NC1-NC3, e-folds"),
        ("sum_s p_s (1-p_s)", "∑<sub>s</sub> p<sub>s</sub> (1−p<sub>s</sub>)"),
        ("-R^4 delta^4/192 and -10 +- 30", "-R<sup>4</sup> δ<sup>4</sup>/192 and −10 ± 30"),
        ("<script>x_1</script>", "&lt;script&gt;x<sub>1</sub>&lt;/script&gt;"),
    ],
)
def test_a_sentence_is_typeset_in_line(written, shown):
    assert prose(written) == shown
