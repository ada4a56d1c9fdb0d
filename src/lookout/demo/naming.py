"""Names, codes and addresses of a chunk's companies, put together by the anatomy of Chinese company names."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from lookout.demo.cells import Ints, Mask, choose, either, fixed, generator, hashed, join, text, when
from lookout.demo.identities import Persons, organization_codes, registration_nos, usccs
from lookout.demo.population import COOPERATIVE, INDIVIDUAL, ORDINARY, PERSONS_PER_COMPANY, Population
from lookout.demo.scenario import ConfounderKind, Scenario
from lookout.demo.words import words
from lookout.kernel.regions import regions

_FORMS = ("有限公司", "股份有限公司", "合伙企业（有限合伙）", "工作室", "经营部", "合作社", "有限公司")
ADDRESS_TYPES = ("own", "lease", "cluster", "virtual", "secretary")


def name_all(scenario: Scenario, population: Population, seed: int) -> None:
    """Fill `population.names` and `population.codes`."""
    count, first = len(population), int(population.numbers[0]) if len(population) else 0
    rng = generator(seed, "naming", first)
    lexicon = words()
    brand_list = lexicon.lists["brand"]
    long_brand = rng.random(count) < 0.5
    picks = rng.integers(0, len(brand_list), (count, 3))
    _borrow(rng, scenario, population, picks, long_brand)
    brand = join(*(brand_list.take(pa.array(picks[:, place])) for place in (0, 1)))
    brand = either(long_brand, join(brand, brand_list.take(pa.array(picks[:, 2]))), brand)
    trades = [trade for entry in lexicon.types.values() for trade in entry.trades]
    trade = text([entry.word for entry in trades]).take(pa.array(population.trade))
    form = text(list(_FORMS)).take(pa.array(population.company_type))
    place = _place_names(rng, population)
    name = _unlike(join(place, brand, trade, form), rng, place, brand, trade, form)
    other = join(
        brand_list.take(pa.array(rng.integers(0, len(brand_list), count))), choose(rng, brand_list, count)
    )
    population.names = {
        "name": name,
        "short": either(rng.random(count) < 0.5, join(brand, trade), join(place, brand)),
        "former": join(place, other, trade, form),
        "brand": brand,
        "scope": text([entry.scope for entry in trades]).take(pa.array(population.trade)),
        "industry": text([entry.industry for entry in trades]).take(pa.array(population.trade)),
        "address": _addresses(population),
        "city_name": _city_names(population.city),
    }
    persons = Persons(seed)
    heads = np.select(
        [population.company_type == INDIVIDUAL, population.company_type == COOPERATIVE], [92, 93], 91
    )
    has_old_number = (population.established < 16_700) | (rng.random(count) < 0.1)
    domain = organization_codes(population.numbers, seed + 7)[:, 2:8]
    population.codes = {
        "uscc": usccs(population.numbers, heads, population.region, seed),
        "registration_no": when(
            has_old_number, registration_nos(population.numbers, population.region, seed)
        ),
        "phone": persons.phones(_contacts(population)),
        "domain": join("w", _letters(domain), ".example.com"),
    }


def _letters(values: Ints) -> pa.Array:
    return fixed((values % 26 + ord("a")).astype(np.uint8))


def _contacts(population: Population) -> Ints:
    """Shells share their scheme's telephone; everybody else has the leader's."""
    owner = np.where(population.shell_of >= 0, population.shell_of, np.arange(len(population)))
    return population.numbers[owner] * PERSONS_PER_COMPANY


def _borrow(
    rng: np.random.Generator, scenario: Scenario, population: Population, picks: Ints, long: Mask
) -> None:
    """Impostors take the 字号 of a famous firm."""
    famous_kinds = [
        number
        for number, name in enumerate(population.kinds)
        if isinstance(kind := scenario.confounders.get(name), ConfounderKind) and kind.is_famous
    ]
    famous = np.flatnonzero(np.isin(population.kind, famous_kinds))
    if not len(famous):
        return
    for number, scheme in enumerate(scenario.schemes.values()):
        mine = np.flatnonzero(population.kind == number)
        thieves = mine[rng.random(len(mine)) < scheme.concealment.borrows_famous_name]
        victims = famous[rng.integers(0, len(famous), len(thieves))]
        picks[thieves], long[thieves] = picks[victims], long[victims]


def _city_names(cities: Ints) -> pa.Array:
    unique, inverse = np.unique(cities, return_inverse=True)
    return text([regions()[str(code)].name for code in unique]).take(pa.array(inverse))


def _place_names(rng: np.random.Generator, population: Population) -> pa.Array:
    city = _city_names(population.city)
    province = (population.size >= 2) & (rng.random(len(population)) < 0.5)
    bare = pc.replace_substring_regex(city, "市$", "")
    return either(province, "广东", either(rng.random(len(population)) < 0.25, bare, city))


def _unlike(
    names: pa.Array,
    rng: np.random.Generator,
    place: pa.Array,
    brand: pa.Array,
    trade: pa.Array,
    form: pa.Array,
) -> pa.Array:
    """Give a further character to firms whose whole name is taken: the registry refuses doubles."""
    codes = pc.dictionary_encode(names).indices.to_numpy()
    _, first_places = np.unique(codes, return_index=True)
    taken = np.ones(len(names), bool)
    taken[first_places] = False
    extra = choose(rng, words().lists["brand"], len(names))
    return either(
        taken, join(place, brand, extra, choose(rng, words().lists["brand"], len(names)), trade, form), names
    )


def _addresses(population: Population) -> pa.Array:
    """Return streets and rooms, written alike by everybody in them.

    Shells sit with their scheme, some honest firms together at a crowded cluster address.
    """
    count = len(population)
    owner = np.where(population.shell_of >= 0, population.shell_of, np.arange(count))
    # One firm in twenty-five is registered at one of its city's few secretarial addresses.
    crowd = (hashed(population.numbers, np.full(count, 3)) % 25 == 0) & (population.kind == ORDINARY)
    key = np.where(crowd, population.city * 10 + population.numbers % 3, population.numbers[owner] + 10**9)
    lists = words().lists
    unique, inverse = np.unique(population.region, return_inverse=True)
    district = text([regions()[str(code)].name for code in unique]).take(pa.array(inverse))

    def part(word: str, salt: int) -> pa.Array:
        return lists[word].take(pa.array(hashed(key, np.full(count, salt)) % len(lists[word])))

    def number(salt: int, size: int) -> pa.Array:
        return pc.cast(pa.array(hashed(key, np.full(count, salt)) % size + 1), pa.string())

    place = join(_city_names(population.city[owner]), district.take(pa.array(owner)))
    place = either(crowd, _city_names(population.city), place)
    return join(
        place,
        part("streets", 1),
        number(2, 400),
        "号",
        part("buildings", 3),
        number(4, 30),
        "层",
        number(5, 40),
        "室",
    )
