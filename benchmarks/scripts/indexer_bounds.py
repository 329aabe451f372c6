#!/usr/bin/env python3
"""Would exact bounds let an indexer skip pages of keys?

    indexer_bounds.py

For each page of keys the least and greatest value of every dimension bound a head's dot from both
sides, and with the heads' weights (of both signs) the score from above. A page whose bound is below
the score of the last selected position need not be read. Prints the share of such pages, for random
keys, for keys that drift slowly from token to token, and for keys that are nearly equal within a
page. Needs numpy.
"""

import numpy as np

HEADS, DIMENSIONS, POSITIONS, SELECTED = 32, 128, 131072, 2048


def skipped(keys, random, page):
    queries = random.standard_normal((HEADS, DIMENSIONS)).astype(np.float32)
    weights = 0.2 * random.standard_normal(HEADS).astype(np.float32)
    scores = weights @ np.maximum(queries @ keys.T, 0)
    cut = np.partition(scores, POSITIONS - SELECTED)[POSITIONS - SELECTED]
    pages = keys.reshape(-1, page, DIMENSIONS)
    least, greatest = pages.min(1), pages.max(1)
    positive, negative = np.maximum(queries, 0), np.minimum(queries, 0)
    highest = np.maximum(greatest @ positive.T + least @ negative.T, 0)
    lowest = np.maximum(least @ positive.T + greatest @ negative.T, 0)
    bound = highest @ np.maximum(weights, 0) + lowest @ np.minimum(weights, 0)
    return (bound < cut).mean()


def main():
    random = np.random.default_rng(1)
    gaussian = random.standard_normal((POSITIONS, DIMENSIONS)).astype(np.float32)
    drifting = np.empty_like(gaussian)
    x = np.zeros(DIMENSIONS, np.float32)
    for i in range(POSITIONS):
        x = 0.99 * x + 0.141 * gaussian[i]
        drifting[i] = x
    centres = random.standard_normal((POSITIONS // 128, DIMENSIONS)).astype(np.float32)
    clustered = np.repeat(centres, 128, 0) + 0.1 * gaussian
    for name, keys in [("random", gaussian), ("drifting", drifting), ("clustered", clustered)]:
        for page in (128, 16):
            share = skipped(keys, random, page)
            print(f"{name} keys, pages of {page}: {100 * share:.1f} % skipped")


if __name__ == "__main__":
    main()
