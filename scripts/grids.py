"""Writes the codebooks of the IQ1, IQ2 and IQ3 weight types, packed, for io.longhaul's Grids.

    python scripts/grids.py engine/src/main/resources/io/longhaul/engine/kernel/scalar/grids.bin

Needs the packages gguf and numpy of PyPI. The order and the widths are those of Grids.java.
"""

import sys

import numpy as np
from gguf import quants


def packed(quant: type, bits: int) -> bytes:
    """The grid's level indices in fields of so many bits, lowest first."""
    quant.init_grid()
    levels = np.array(quant.grid_map, dtype=np.float32)
    indices = np.searchsorted(levels, quant.grid.ravel())
    fields = indices.reshape(-1, 8 // bits) << np.arange(0, 8, bits)
    return fields.sum(axis=1).astype(np.uint8).tobytes()


def main(path: str) -> None:
    with open(path, "wb") as out:
        for quant in (quants.IQ2_XXS, quants.IQ2_XS, quants.IQ2_S):
            out.write(packed(quant, 2))
        for quant in (quants.IQ3_XXS, quants.IQ3_S):
            out.write(packed(quant, 4))
        out.write(packed(quants.IQ1_S, 2))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
