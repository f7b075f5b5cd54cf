"""The Fréchet distance of two sets of numbers that are easy to make anywhere, by SciPy: writes frechet.json beside this script.

    pip install numpy scipy
    python make_frechet.py
"""

import json
from pathlib import Path

import numpy as np
from scipy.linalg import sqrtm


def rows(count, width, kind):
    return np.array([[((7 * i + 13 * j + kind * i * j) ** 2 % 101) / 101 for j in range(width)] for i in range(count)])


def distance(one, other):
    mean_1, mean_2 = one.mean(0), other.mean(0)
    covariance_1, covariance_2 = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    root = sqrtm(covariance_1 @ covariance_2).real
    return float(((mean_1 - mean_2) ** 2).sum() + np.trace(covariance_1 + covariance_2 - 2 * root))


golden = [
    {"count": count, "width": width, "kinds": kinds, "distance": distance(rows(count, width, kinds[0]), rows(count, width, kinds[1]))}
    for count, width, kinds in [(50, 4, [1, 2]), (200, 12, [1, 3]), (300, 24, [2, 5])]
]
Path(__file__).with_name("frechet.json").write_text(json.dumps(golden, indent=1) + "\n")
