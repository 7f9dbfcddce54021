"""Dropped files become rows: register reads a file once, load works on its chunks side by side."""

from constructs import Construct

from escuta.entity import Table
from infra.cdk.function import Function
from infra.cdk.ground import Ground
from infra.cdk.store import BULK, CHECK, READ, WRITE

REGISTERS = 5
LOADS = 10


class Importer(Construct):
    """Two functions, each behind its queue."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the functions and grant them what they need."""
        super().__init__(scope, construct_id)
        self.register = self._register(ground)
        self.load = self._load(ground)

    def _register(self, ground: Ground) -> Function:
        function = Function(
            self,
            "Register",
            handler="importer.register.handler",
            ground=ground,
            timeout=ground.drops.timeout,
            memory=1024,
            reserved=REGISTERS,
        )
        function.alias.add_event_source(ground.drops.source(batch=1, at_once=REGISTERS))
        ground.store.allow(function, Table.DIRECTORY, *READ, *WRITE, *CHECK)
        ground.files.allow_read(function, ground.files.drop)
        ground.files.allow_write(function, ground.files.reports)
        ground.load.allow_send(function)
        return function

    def _load(self, ground: Ground) -> Function:
        function = Function(
            self,
            "Load",
            handler="importer.load.handler",
            ground=ground,
            timeout=ground.load.timeout,
            memory=1024,
            reserved=LOADS,
        )
        function.alias.add_event_source(ground.load.source(batch=1, at_once=LOADS))
        ground.store.allow(function, Table.DIRECTORY, *READ, *WRITE, *CHECK, *BULK)
        ground.store.allow(function, Table.OUTREACH, *READ, *WRITE, *CHECK)
        ground.store.allow(function, Table.FEEDBACK, *READ)
        ground.files.allow_read(function, ground.files.drop)
        ground.files.allow_read(function, ground.files.reports)
        ground.files.allow_write(function, ground.files.reports)
        ground.plan.allow_send(function)
        return function
