"""How companies are told apart: the anatomy of names, comparison, links, clusters, judgements of stewards."""

from lookout.hub.linkage.anatomy import dissect
from lookout.hub.linkage.apply import PUBLISHED, apply, link_file, visible_judgements
from lookout.hub.linkage.clusters import cluster
from lookout.hub.linkage.explain import Explained, Part, explain
from lookout.hub.linkage.judgements import Judgement, Ruling, Verb, in_force, judgement_of, rule
from lookout.hub.linkage.lexicon import PARTS, Lexicon, lexicon
from lookout.hub.linkage.matching import match

__all__ = [
    "PARTS",
    "PUBLISHED",
    "Explained",
    "Judgement",
    "Lexicon",
    "Part",
    "Ruling",
    "Verb",
    "apply",
    "cluster",
    "dissect",
    "explain",
    "in_force",
    "judgement_of",
    "lexicon",
    "link_file",
    "match",
    "rule",
    "visible_judgements",
]
