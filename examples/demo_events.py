"""Payments, deals, incidents and people of the demo company's customers.

People see these as facts on cards and in the morning summary; `STORIES.md` tells them in prose. Days and
hours are counted back from the day the data is made for.
"""

from __future__ import annotations

# Accounts with two failed invoices among the last three.
FAILED_TWICE = ("acc-1012", "acc-1061", "acc-1062")

# The extra accounts whose newest monthly charge failed: a bank refused every charge of one morning.
FAILED_THIS_MONTH = tuple(
    f"acc-{number}"
    for number in (1063, 1104, 1117, 1129, 1138, 1152, 1163, 1177, 1191, 1206, 1214, 1233, 1249, 1268)
)

# The account that was charged twice on the first of this month.
CHARGED_TWICE = "acc-1003"

WORKSPACE_CONTACTS: tuple[tuple[str, str, str, str], ...] = (
    ("greta.lindqvist@halden-outfitters.example.com", "Greta Lindqvist", "acc-1001", "manager"),
    ("victor.adeyemi@meridian-pharma.example.com", "Victor Adeyemi", "acc-1002", "owner"),
    ("bruno.castellani@copperline-coffee.example.com", "Bruno Castellani", "acc-1003", "owner"),
    ("ellen.marsh@tidewater-books.example.com", "Ellen Marsh", "acc-1004", "owner"),
    ("dieter.brandt@vantor-parts.example.com", "Dieter Brandt", "acc-1005", "manager"),
    ("sofia.herrera@lumen-loom.example.com", "Sofia Herrera", "acc-1006", "manager"),
    ("henry.osei@pinecrest-toys.example.com", "Henry Osei", "acc-1007", "manager"),
    ("kim.nguyen@arbor-cycle.example.com", "Kim Nguyen", "acc-1008", "owner"),
    ("wendy.cole@saltbox-ceramics.example.com", "Wendy Cole", "acc-1009", "owner"),
    ("amir.haddad@orrin-logistics.example.com", "Amir Haddad", "acc-1010", "manager"),
    ("astrid.moen@fjordline-seafood.example.com", "Astrid Moen", "acc-1011", "packer"),
    ("paulo.duarte@quillmark.example.com", "Paulo Duarte", "acc-1012", "owner"),
)

# account, name, stage, amount in USD a year, owner, days in this stage, days until the close date
DEALS: tuple[tuple[str, str, str, int, str, int, int], ...] = (
    ("acc-1002", "Meridian renewal and second site", "negotiation", 81600, "rafael", 47, 12),
    ("acc-1043", "Northmoor three-year renewal", "proposal", 46800, "david", 52, 9),
    ("acc-1071", "Corvid move to Enterprise", "negotiation", 90000, "chloe", 39, -6),
    ("acc-1072", "Stellan returns portal", "proposal", 18400, "david", 61, -15),
    ("acc-1061", "Lorimer volume upgrade", "discovery", 9600, "rafael", 58, 5),
    ("acc-1001", "Halden Baltic warehouses", "proposal", 62000, "rafael", 8, 33),
    ("acc-1010", "Orrin sandbox and support package", "negotiation", 54000, "david", 11, 19),
    ("acc-1005", "Vantor customs package", "proposal", 7700, "rafael", 15, 26),
    ("acc-1006", "Lumen and Loom own tracking domain", "discovery", 3600, "chloe", 6, 40),
    ("acc-1027", "Brackwater move to Business", "trial", 3480, "chloe", 12, 9),
)

# id, title, component, hours ago it began, hours it lasted (None: still on), status, summary
INCIDENTS: tuple[tuple[str, str, str, float, float | None, str, str], ...] = (
    (
        "INC-2041",
        "Labels are slow for one carrier",
        "label service",
        3.4,
        None,
        "identified",
        "Labels of the carrier Norpost take up to 90 seconds. Other carriers are not affected. Labels that "
        "were asked for are made; do not send them again. The carrier has found the cause and expects to be "
        "done today.",
    ),
    (
        "INC-2038",
        "Webhooks delayed",
        "webhooks",
        150.2,
        2.1,
        "resolved",
        "Webhooks arrived up to 40 minutes late. All of them were delivered.",
    ),
    (
        "INC-2035",
        "Sign-in failed for single sign-on",
        "sign-in",
        331.0,
        1.3,
        "resolved",
        "Sign-in with SAML failed after a certificate change.",
    ),
    (
        "INC-2031",
        "API errors in one region",
        "API",
        612.5,
        0.8,
        "resolved",
        "About one request in five was answered with 503.",
    ),
    (
        "INC-2026",
        "Rates missing for zone 4",
        "rates",
        905.0,
        5.5,
        "resolved",
        "Rates for zone 4 were not shown after a price update.",
    ),
    (
        "INC-2022",
        "Shop connections paused",
        "shop connections",
        1240.7,
        3.2,
        "resolved",
        "Orders came in late; none was lost.",
    ),
    (
        "INC-2017",
        "Dashboard did not load",
        "dashboard",
        1716.3,
        0.6,
        "resolved",
        "A faulty release was taken back.",
    ),
    (
        "INC-2012",
        "Tracking events late",
        "tracking",
        2203.9,
        7.4,
        "resolved",
        "A carrier sent its events late.",
    ),
)
