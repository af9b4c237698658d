"""The customers of the demo company that have a story, and how their shipping goes.

People see these names on cards and in alerts of the demo; `STORIES.md` tells their stories in prose. Days are
counted back from the last day with data, so every story is true on whatever day the data is made for. Nothing
here is drawn by lot; the accounts without a story are made in `make_data.py`.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Stretch:
    """A stretch of days on which an account ships a multiple of its normal volume.

    `oldest` and `newest` are days ago, both included (1 is the last day with data); the multiple moves in a
    straight line from `at_oldest` to `at_newest`.
    """

    oldest: int
    newest: int
    at_oldest: float
    at_newest: float

    def multiple(self, days_ago: int) -> float:
        """Return the multiple on this day; 1.0 outside the stretch."""
        if not self.newest <= days_ago <= self.oldest:
            return 1.0
        if self.oldest == self.newest:
            return self.at_newest
        share = (self.oldest - days_ago) / (self.oldest - self.newest)
        return self.at_oldest + share * (self.at_newest - self.at_oldest)


@dataclass(frozen=True)
class Customer:
    """An account as sales knows it: shipments on a working day, mrr in USD, renewal in days."""

    id: str
    name: str
    tier: str
    segment: str
    mrr: int
    owner: str
    shipments: int
    seats: int
    renews_in: int
    created_ago: int = 700
    shape: tuple[Stretch, ...] = ()
    api_shape: tuple[Stretch, ...] = ()
    slug: str = ""

    @property
    def domain(self) -> str:
        """Return the customer's mail domain, below a domain that is reserved for examples."""
        return f"{self.slug or self.name.lower().replace(' ', '-')}.example.com"


def step(days: int, to: float) -> tuple[Stretch, ...]:
    """Return a sudden change to `to` that has lasted for `days` days."""
    return (Stretch(days, 1, to, to),)


def fall(begin: int, end: int, to: float) -> tuple[Stretch, ...]:
    """Return a change from 1 to `to` between two days ago, which lasts until today."""
    return (Stretch(begin, end, 1.0, to), Stretch(end - 1, 1, to, to))


def every_fourth_week(quiet: float, busy: float) -> tuple[Stretch, ...]:
    """Return one busy week in four, the last of which ended 15 days ago."""
    weeks: list[Stretch] = [Stretch(14, 1, quiet, quiet)]
    for first in range(15, 121, 28):
        weeks += [Stretch(first + 6, first, busy, busy), Stretch(first + 27, first + 7, quiet, quiet)]
    return tuple(weeks)


# One row is one account, so that the rows can be compared.
# fmt: off
CUSTOMERS: tuple[Customer, ...] = (
    # Those whose people are in the workspace.
    Customer("acc-1001", "Halden Outfitters", "enterprise", "retail", 5200, "rafael", 1900, 84, 160, 1220,
             slug="halden-outfitters"),
    Customer("acc-1002", "Meridian Pharma Supply", "enterprise", "healthcare", 6800, "rafael", 1240,
             61, 41, 1015, fall(20, 10, 0.4), slug="meridian-pharma"),
    Customer("acc-1003", "Copperline Coffee", "business", "food", 470, "chloe", 210, 19, 77, 830,
             step(14, 0.38)),
    Customer("acc-1004", "Tidewater Books", "starter", "retail", 49, "chloe", 17, 3, 120, 405),
    Customer("acc-1005", "Vantor Machine Parts", "business", "manufacturing", 640, "rafael", 165,
             27, 210, 940, slug="vantor-parts"),
    Customer("acc-1006", "Lumen and Loom", "business", "retail", 390, "chloe", 140, 14, 95, 610,
             slug="lumen-loom"),
    Customer("acc-1007", "Pinecrest Toys", "business", "retail", 520, "rafael", 180, 22, 133, 770,
             (Stretch(28, 15, 2.4, 2.4),)),
    Customer("acc-1008", "Arbor Cycle Works", "starter", "retail", 61, "chloe", 21, 5, 64, 350,
             slug="arbor-cycle"),
    Customer("acc-1009", "Saltbox Ceramics", "free", "retail", 0, "hannah", 1, 1, 365, 190),
    Customer("acc-1010", "Orrin Logistics Group", "enterprise", "logistics", 8900, "david", 2600,
             130, 240, 1400, slug="orrin-logistics"),
    Customer("acc-1011", "Fjordline Seafood", "business", "food", 430, "rafael", 120, 12, 52, 560,
             step(9, 0.0)),
    Customer("acc-1012", "Quillmark", "starter", "retail", 73, "chloe", 24, 6, 150, 480),
    # Four-weekly, seasonal and otherwise harmless.
    Customer("acc-1021", "Moss and Meadow Box", "business", "subscription-box", 410, "chloe", 150,
             11, 188, 690, every_fourth_week(0.3, 2.4)),
    Customer("acc-1022", "Kitchen Crate", "starter", "subscription-box", 85, "chloe", 38, 5, 84, 520,
             every_fourth_week(0.2, 2.8)),
    Customer("acc-1023", "Harrow Print Supplies", "business", "manufacturing", 350, "rafael", 90, 9, 145, 880,
             every_fourth_week(0.4, 2.0)),
    Customer("acc-1024", "Tern Valley Cheese", "starter", "food", 67, "hannah", 31, 4, 101, 450,
             (Stretch(13, 11, 0, 0),)),
    Customer("acc-1025", "Osprey Workwear", "business", "manufacturing", 360, "rafael", 104, 13, 99, 730,
             step(14, 0.7)),
    Customer("acc-1026", "Little Finch Studio", "free", "retail", 0, "hannah", 2, 1, 365, 230,
             step(14, 0.45)),
    Customer("acc-1027", "Brackwater Tools", "starter", "manufacturing", 55, "chloe", 26, 4, 344, 21,
             step(6, 0.3)),
    Customer("acc-1028", "Greenacre Garden", "business", "retail", 330, "chloe", 110, 10, 118, 910,
             fall(100, 45, 0.25)),
    Customer("acc-1029", "Redfern Lighting", "business", "manufacturing", 450, "rafael", 130, 15, 58, 820,
             fall(75, 2, 0.45)),
    # Usage has dropped.
    Customer("acc-1041", "Castell Spare Parts", "business", "manufacturing", 580, "rafael", 175, 21, 88, 650,
             step(12, 0.4), step(12, 0.05)),
    Customer("acc-1042", "Juniper Skincare", "starter", "retail", 79, "chloe", 33, 5, 49, 330,
             step(14, 0.45)),
    Customer("acc-1043", "Northmoor Medical", "enterprise", "healthcare", 3900, "david", 720, 45, 29, 990,
             step(14, 0.52)),
    Customer("acc-1044", "Pebble Candle", "free", "retail", 0, "hannah", 12, 2, 365, 260, step(14, 0.2)),
    Customer("acc-1045", "Ashby Pet Foods", "starter", "food", 91, "chloe", 41, 5, 71, 440,
             fall(18, 11, 0.3)),
    # Payments.
    Customer("acc-1061", "Lorimer Instruments", "business", "manufacturing", 410, "rafael", 95, 12, 132, 700,
             ),
    Customer("acc-1062", "Bay Street Records", "starter", "retail", 55, "chloe", 19, 3, 109, 380),
    Customer("acc-1063", "Cobalt Kitchenware", "business", "retail", 520, "chloe", 150, 17, 166, 860),
    # Deals.
    Customer("acc-1071", "Corvid Fashion", "business", "retail", 690, "chloe", 230, 24, 73, 510),
    Customer("acc-1072", "Stellan Furniture", "business", "retail", 480, "david", 88, 16, 201, 780),
)
# fmt: on
