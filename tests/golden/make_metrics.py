"""Writes metrics.json: values of scikit-learn, SciPy and NLTK for tests/evaluate/metrics.

Debian packages: python3-sklearn python3-nltk. Run: /usr/bin/python3 tests/golden/make_metrics.py
"""
import json
import pathlib
import random
import warnings

import nltk
import scipy
import sklearn
from nltk.stem.porter import PorterStemmer
from nltk.translate.bleu_score import corpus_bleu
from scipy.stats import binomtest
from sklearn import metrics

warnings.filterwarnings("ignore")
random.seed(20240607)

BASES = """relat condit valen hesit digit conform radic differ vil analog vietnam predic oper feud decis hop call
formal sensitiv sensibil triplic form electr good reviv allow infer airlin gyroscop adjust defens irrit replac depend
adopt homolog commun activ angular effect bowdler probat rat ceas control roll say cr tr bl d l t sk mult theor
apolog geolog agre plaster mot sing conflat troubl siz tann fizz fil happ fail matt run y play gener organ box
st show snow employ enjoy hous nav argu""".split()
SUFFIXES = """s es ies sses ss ed ing eed ied y e ational tional enci anci izer bli abli alli entli eli ousli
ization ation ator alism iveness fulness ousness aliti iviti biliti fulli logi icate ative alize iciti ical ful ness
al ance ence er ic able ible ant ement ment ent ion sion tion ou ism ate iti ous ive ize ll lle ying yed ings""".split()
IRREGULAR = """sky skies dying lying tying news innings inning outings outing cannings canning howe proceed exceed
succeed ties dies died tied spied cries flies a is be the""".split()


def stems():
    stemmer = PorterStemmer()
    words = sorted({base + suffix for base in BASES for suffix in SUFFIXES})
    return [[w, stemmer.stem(w)] for w in sorted(random.sample(words, 1500) + IRREGULAR)]


def classification(n, classes, right):
    actual = [random.randrange(classes) for _ in range(n)]
    predicted = [a if random.random() < right else random.randrange(classes) for a in actual]
    case = {"actual": actual, "predicted": predicted, "accuracy": metrics.accuracy_score(actual, predicted),
            "mcc": metrics.matthews_corrcoef(actual, predicted)}
    for average in ("macro", "micro", "weighted"):
        case["f1_" + average] = metrics.f1_score(actual, predicted, average=average)
    if classes == 2:
        case["f1"] = metrics.f1_score(actual, predicted)
        case["precision"] = metrics.precision_score(actual, predicted)
        case["recall"] = metrics.recall_score(actual, predicted)
    return case


def bleu(n, references):
    """Sentences long and alike enough that no order is without a match: there NLTK and sacreBLEU agree."""
    vocabulary = ["w%d" % i for i in range(30)]
    truths, guesses = [], []
    for _ in range(n):
        base = [random.choice(vocabulary) for _ in range(random.randint(6, 18))]
        change = lambda p: [w if random.random() > p else random.choice(vocabulary)
                            for w in base if random.random() > 0.05]
        truths.append([change(0.1) for _ in range(references)])
        guesses.append(change(0.15))
    return {"predictions": [" ".join(g) for g in guesses], "references": [[" ".join(t) for t in ts] for ts in truths],
            "bleu": 100 * corpus_bleu(truths, guesses)}


def wilson(k, n):
    interval = binomtest(k, n).proportion_ci(method="wilson")
    return {"k": k, "n": n, "low": interval.low, "high": interval.high}


golden = {
    "made_with": {"nltk": nltk.__version__, "sklearn": sklearn.__version__, "scipy": scipy.__version__},
    "porter": stems(),
    "classification": [classification(60, 2, 0.6), classification(40, 2, 0.0), classification(200, 5, 0.5),
                       classification(12, 6, 0.2), classification(5, 2, 1.0)],
    "bleu": [bleu(20, 1), bleu(15, 3)],
    "wilson": [wilson(0, 10), wilson(10, 10), wilson(8, 10), wilson(437, 1000), wilson(1, 1)],
}
out = pathlib.Path(__file__).with_name("metrics.json")
out.write_text(json.dumps(golden, separators=(",", ":")) + "\n")
