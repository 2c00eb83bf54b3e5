"""NumPy arrays and torch tensors through one code path: blocks of rows are worked on where they lie, in their own
precision (float32 at least), and what is summed over samples is kept in float64 on the host.

array-api-compat names the functions; this module holds the few operations that the standard lacks or leaves unsafe.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

import array_api_compat.numpy
import numpy as np
from array_api_compat import array_namespace, device, is_torch_array, to_device

Array = Any

FEW_ENTRIES = 2**14

is_torch = is_torch_array


def namespace(array: Array) -> Any:
    return array_api_compat.numpy if isinstance(array, np.ndarray) else array_namespace(array)


def host(array: Array) -> np.ndarray:
    """A float64 NumPy copy or view, from any device and any real dtype."""
    if is_torch(array):
        array = array.detach().cpu().double().numpy()
    return np.asarray(array, dtype=np.float64)


def placed(values: np.ndarray, like: Array, dtype: Any = None) -> Array:
    """`values` in the library and on the device of `like`, in `dtype` (that of `like` by default)."""
    if isinstance(like, np.ndarray):
        return np.asarray(values, dtype=dtype or like.dtype)
    return to_device(namespace(like).asarray(values, dtype=dtype or like.dtype), device(like))


def working(block: Array) -> Array:
    """float32 and float64 stay; half precisions become float32, integers float64."""
    xp = namespace(block)
    if block.dtype in (xp.float32, xp.float64):
        return block
    return xp.astype(block, xp.float64 if xp.isdtype(block.dtype, "integral") else xp.float32)


def wide_dtype(like: Array) -> Any:
    """float64 wherever the device has it (Apple's MPS stops at float32)."""
    xp = namespace(like)
    return xp.float32 if is_torch(like) and like.device.type == "mps" else xp.float64


def wide(block: Array) -> Array:
    if isinstance(block, np.ndarray):
        return block.astype(np.float64, copy=False)
    return namespace(block).astype(block, wide_dtype(block), copy=False)


def resolution(array: Array) -> float:
    """The machine epsilon of the precision that `array` is worked on in."""
    return float(namespace(array).finfo(working(array[:1]).dtype).eps)


def class_major(rows: Array) -> Array:
    """The transpose of (m, K) as a contiguous (K, m) array, whose sums over classes run along whole columns."""
    return rows.T.contiguous() if is_torch(rows) else np.ascontiguousarray(rows.T)


def product(left: Array, right: Array) -> Array:
    """left @ right with full mantissas: float64 where torch may round float32 factors (TF32, bfloat16)."""
    if is_torch(left):
        import torch

        if left.dtype == torch.float32 and torch.get_float32_matmul_precision() != "highest":
            return (left.double() @ right.double()).float()
    return left @ right


def full_precision(like: Array) -> AbstractContextManager:
    """A context in which torch's autocast does not touch the device of `like`."""
    if not is_torch(like):
        return nullcontext()
    import torch

    return torch.autocast(like.device.type, enabled=False)


def row_squares(block: Array) -> Array:
    """||x||^2 of each row, shape (rows,), float64 where possible."""
    return wide(namespace(block).vecdot(block, block, axis=-1))


def group_sums(block: Array, group: np.ndarray, groups: int) -> np.ndarray:
    """Sums of the rows of `block` with equal `group`, shape (groups, d), float64 on the host."""
    if is_torch(block):
        sums = block.new_zeros((groups, block.shape[1]))
        return host(sums.index_add_(0, placed(group, block, namespace(block).int64), block))
    if groups * len(group) <= FEW_ENTRIES:
        return host((np.arange(groups)[:, None] == group).astype(block.dtype) @ block)
    from scipy.sparse import csc_array

    columns = np.arange(len(group) + 1)
    return host(csc_array((np.ones(len(group), block.dtype), group, columns), shape=(groups, len(group))) @ block)
