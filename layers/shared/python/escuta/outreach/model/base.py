"""What every entity of outreach is: a row of its table."""

from typing import ClassVar

from escuta.entity import Entity, Table


class Outreach(Entity):
    """What is stored in the table of outreach."""

    table: ClassVar[Table] = Table.OUTREACH
