"""What cannot be audited is refused in words that name the batch, the value and the way out; never a wrong number."""

import pytest
import torch
from torch import nn

from gpu_experiments.audit import AuditError, audit

X, Y = torch.linspace(-1, 1, 40 * 5).reshape(40, 5).sin(), torch.arange(40) % 3


def net(*last):
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(5, 8), nn.Tanh(), *(last or (nn.Linear(8, 3),)))


def batches(x=X, y=Y, size=10):
    return list(zip(x.split(size), y.split(size), strict=True))


def refused(model=None, loader=None, head=None, **settings):
    with pytest.raises(AuditError) as caught:
        audit(model or net(), batches() if loader is None else loader, head, progress=False, **settings)
    return str(caught.value)


def test_an_empty_or_spent_loader():
    assert "0 samples, must give at least one" in refused(loader=[])
    spent = iter(batches())
    list(spent)
    assert "0 samples" in refused(loader=spent)
    assert "loader is a int" in refused(loader=3)


def test_one_class():
    assert "labels hold 1 class (2), must hold at least two" in refused(loader=batches(y=torch.full((40,), 2)))


@pytest.mark.parametrize("size", [10, 1])
def test_nan_in_one_batch_is_counted_and_its_batch_named(size):
    x = X.clone()
    x[25:27] = float("nan")
    if size == 1:
        assert "batch 25 holds 8 NaN or infinite entries (first in row 0)" in refused(loader=batches(x, size=1))
    else:
        assert "batch 2 holds 16 NaN or infinite entries (first in row 5)" in refused(loader=batches(x))


def test_nan_is_named_too_where_batches_are_not_kept_together():
    x = torch.zeros(5000, 5).normal_(generator=torch.Generator().manual_seed(0))
    x[4100, 0] = float("inf")
    labels = torch.arange(5000) % 3
    model = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 3))
    told = refused(model, loader=batches(x, labels, 100))
    assert "batch 41 holds" in told and "first in row 0" in told


@pytest.mark.parametrize(
    "labels, words",
    [
        (nn.functional.one_hot(Y), "shape (10, 3), must be (10,), one for each row before the head; turn one-hot"),
        (nn.functional.one_hot(Y).float(), "labels.argmax(-1)"),
        (Y.float(), "batch 0: labels has dtype float32, must be integer class indices"),
        (Y + 1, "batch 0: labels holds 3, must be below 3"),
        (Y - 1, "batch 0: labels holds -1, must be at least 0"),
    ],
)
def test_labels_that_are_no_class_indices(labels, words):
    assert words in refused(loader=batches(y=labels))


def test_a_column_of_labels_is_read_as_labels():
    wanted = audit(net(), batches(), progress=False).observables
    assert audit(net(), batches(y=Y[:, None]), progress=False).observables == wanted


def test_labels_of_another_number_than_the_rows():
    assert "labels of batch 0 have shape (9,), must be (10,)" in refused(loader=[(X[:10], Y[:9])])
    words = refused(loader=[(X[:3], ["a", "b", "c"])])
    assert "batch 0" in words and "integer class indices" in words


def test_batches_of_an_unknown_kind():
    assert "batch 0 is a tuple of 3, must be (x, y) or a dict" in refused(loader=[(X, Y, Y)])
    assert "batch 0 is a Tensor" in refused(loader=[X])
    assert "keys a, b, y, must name arguments of the model (input)" in refused(loader=[{"a": X, "b": X, "y": Y}])
    assert "batch 0 holds no labels" in refused(loader=[{"input": X}])


def test_no_model_or_no_linear_layer():
    assert "model is a function" in refused(lambda x: x)
    assert "model has no linear layer" in refused(nn.Sequential(nn.Flatten(), nn.Tanh()))


def test_a_head_by_an_unknown_name_is_answered_with_the_known_ones():
    words = refused(head="22")
    assert "head is '22', must be a layer of the model" in words and "its last linear layers are 0, 2" in words
    assert "no part of model" in refused(head=nn.Linear(8, 3))


def test_a_head_without_weight():
    assert "head 1 is Tanh without weight, must be a linear layer" in refused(head="1")


class Cosine(nn.Module):
    """Logits that no linear layer makes."""

    def __init__(self):
        super().__init__()
        self.body = nn.Linear(5, 8)
        self.directions = nn.Parameter(torch.eye(3, 8))

    def forward(self, x):
        return 9 * nn.functional.normalize(self.body(x), dim=1) @ nn.functional.normalize(self.directions, dim=1).T


def test_logits_that_no_linear_layer_makes_are_refused_rather_than_guessed():
    words = refused(Cosine())
    assert "3 logits that no linear layer makes (the last one called is body with 8 outputs)" in words
    assert "head=function(model, inputs) -> (features, weight, bias)" in words


def test_an_odd_head_is_audited_through_a_function():
    def unit(model, x):
        rows = nn.functional.normalize(model.directions, dim=1)
        return nn.functional.normalize(model.body(x), dim=1), 9 * rows, None

    found = audit(Cosine(), batches(), unit, progress=False)
    assert found.head == "unit" and found["feature_norm"] == pytest.approx(1.0)
    assert "must be the tuple (features, weight, bias)" in refused(Cosine(), head=lambda model, x: x)
    short = audit(Cosine(), batches(), lambda model, x: (model.body(x), None, None), classes=3, progress=False)
    assert "relative_flatness" not in short.observables and "gives no weight" in short.cannot_conclude[0]
    assert "pass classes=K" in refused(Cosine(), head=lambda model, x: (model.body(x), None, None))


def test_a_head_that_is_not_linear_says_what_cannot_be_concluded():
    model = net(nn.Sequential(nn.Linear(8, 6), nn.ReLU(), nn.Linear(6, 3)))
    found = audit(model, batches(), "2", progress=False)
    assert found.dimension == 8 and "nc1" in found.observables and "relative_flatness" not in found.observables
    assert "relative flatness, NC3, NC4" in found.cannot_conclude[0] and "head='2.2'" in found.cannot_conclude[0]
    assert "cannot be concluded" in str(found) and found.verdicts == ()


def test_something_after_the_head_is_said():
    class Capped(nn.Module):
        def __init__(self):
            super().__init__()
            self.body, self.head = nn.Linear(5, 8), nn.Linear(8, 3)

        def forward(self, x):
            return 0.1 * torch.tanh(7 * self.head(self.body(x)))

    assert "something comes after it" in audit(Capped(), batches(), progress=False).cannot_conclude[0]


def test_a_head_called_twice():
    class Twice(nn.Module):
        def __init__(self):
            super().__init__()
            self.head = nn.Linear(5, 3)

        def forward(self, x):
            return self.head(x) + self.head(-x)

    assert "head head was called 2 times" in refused(Twice())


def test_a_tied_head_is_allowed_and_said():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            torch.manual_seed(0)
            self.embedding, self.head = nn.Embedding(3, 5), nn.Linear(5, 3, bias=False)
            self.head.weight = self.embedding.weight

        def forward(self, x):
            return self.head(x)

    notes = audit(Tied(), batches(), progress=False).notes
    assert "head head shares its weight with embedding" in notes[0]


def test_a_quantised_head_is_refused_with_the_reason():
    class Packed(nn.Linear):
        def __init__(self):
            super().__init__(8, 3)
            self.weight = nn.Parameter(torch.ones(3, 8, dtype=torch.int8), requires_grad=False)

        def forward(self, x):
            return x @ self.weight.float().T

    words = refused(net(Packed()))
    assert "quantised" in words and "torch.int8" in words and "piecewise constant" in words and "dequantised" in words


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::UserWarning")
def test_a_head_quantised_by_torch_is_refused():
    engines = [engine for engine in torch.backends.quantized.supported_engines if engine != "none"]
    if not engines:
        pytest.skip("this build of torch has no quantised kernels")
    torch.backends.quantized.engine = engines[-1]
    model = torch.ao.quantization.quantize_dynamic(net(), {nn.Linear}, dtype=torch.qint8)
    assert "quantised" in refused(model)


def test_settings_are_checked():
    assert "split is 'val', must be train or test" in refused(split="val")
    with pytest.raises(ValueError, match="reduction is 'odd', must be one of"):
        audit(net(), batches(), loss="mse", reduction="odd", progress=False)
