"""The plain way to sort messages, measured beside the local engine: counted words and letters with a linear machine.

Nobody in Slack sees this, and the product does not use it. It is here so that the engine's figures can be compared with
something that anybody can build in ten lines of scikit-learn.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from agents.words import Example


class Baseline:
    """TF-IDF of words, pairs of words and letter groups, with one linear support vector machine a category."""

    def __init__(self, learnt: Sequence[Example]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_pipeline, make_union
        from sklearn.svm import LinearSVC

        counted = make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, min_df=2),
        )
        self._machine = make_pipeline(counted, LinearSVC(C=1.0, random_state=0))
        self._machine.fit([each.text for each in learnt], [each.category for each in learnt])

    def judge(self, texts: Sequence[str]) -> tuple[npt.NDArray[np.str_], npt.NDArray[np.float64]]:
        """Return the category of each text, and by how much it beats the second."""
        scores = self._machine.decision_function(list(texts))
        ordered = np.sort(scores, axis=1)
        return self._machine.classes_[scores.argmax(axis=1)], ordered[:, -1] - ordered[:, -2]

    def share_right(self, asked: Sequence[Example]) -> float:
        """Return the share of these messages that find their category."""
        found, _ = self.judge([each.text for each in asked])
        return float(np.mean(found == np.array([each.category for each in asked])))
