"""Idiom: how a framework says where a condition holds, so that shown code reads as its own.

Texts are over the names ``v`` (the selected tensor, integer dims kept with size 1), ``m`` (a mask
of it) and ``f`` (flat positions in it), with the fields of `str.format`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Order:
    """How the first elements of a stable order are said.

    Attributes
    ----------
    flat : str
        Flat positions, best first; fields ``key``, ``largest`` and ``shown``.
    key, absolute : str
        What is sorted: the elements, or their magnitudes.
    places, values : str
        Their coordinates and values as NumPy arrays, over ``v`` and ``f``.
    """

    flat: str
    key: str
    absolute: str
    places: str
    values: str


@dataclass(frozen=True, slots=True)
class Idiom:
    """What the parts of a search are called.

    Attributes
    ----------
    part : str
        Code of the selected tensor itself.
    space : str
        Where ``inf`` and ``nan`` live, e.g. ``"torch"``.
    tests : mapping
        Function of a condition → what it is called; what is not listed is said in NumPy.
    magnitude : str
        Magnitude of ``v``.
    always : str
        A mask that is the same everywhere; field ``holds``.
    places, values : str
        Coordinates and values of the hits as NumPy arrays; field ``limit``.
    finest : float
        Comparisons with smaller magnitudes than this go wrong: the framework takes subnormal
        numbers for 0.
    order : Order, optional
        For top-k; None leaves it to NumPy.
    elements : str
        The elements of ``v`` that are compared.
    stored_only : bool
        Whether these are what a sparse tensor stores, so that no other zero can be a hit.
    """

    part: str
    space: str
    tests: Mapping[str, str]
    magnitude: str
    always: str
    places: str
    values: str
    finest: float = 0.0
    order: Order | None = field(default=None)
    elements: str = "v"
    stored_only: bool = False
