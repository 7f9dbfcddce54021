"""Dropped files become rows: register reads a file once, load works on its chunks side by side, close reports."""

from constructs import Construct

from escuta.entity import Table
from infra.cdk.function import Function
from infra.cdk.ground import Ground

REGISTERS = 5
LOADS = 10
CLOSES = 3


class Importer(Construct):
    """Three functions, each behind its queue."""

    def __init__(self, scope: Construct, construct_id: str, *, ground: Ground) -> None:
        """Make the functions and grant them what they need."""
        super().__init__(scope, construct_id)
        self.register = self._register(ground)
        self.load = self._load(ground)
        self.close = self._close(ground)

    def _register(self, ground: Ground) -> Function:
        function = Function(
            self,
            "Register",
            handler="importer.register.handler",
            ground=ground,
            timeout=ground.drop.timeout,
            memory=1024,  # workbooks are unpacked
            reserved=REGISTERS,
        )
        ground.drop.feed(function, batch=1, at_once=REGISTERS)
        ground.store.allow(function, Table.DIRECTORY, "GetItem", "BatchGetItem", "PutItem")
        ground.store.allow_index(function, Table.DIRECTORY)
        ground.store.allow(function, Table.OUTREACH, "GetItem")
        ground.store.allow(function, Table.FEEDBACK, "PutItem")  # what became of a file is an event
        ground.files.allow_read(function, ground.files.drop)
        ground.files.allow_read(function, ground.files.reports, "staged/")
        ground.files.allow_write(function, ground.files.reports)
        for work in (ground.drop, ground.load, ground.close):
            work.allow_send(function)
        return function

    def _load(self, ground: Ground) -> Function:
        function = Function(
            self,
            "Load",
            handler="importer.load.handler",
            ground=ground,
            timeout=ground.load.timeout,
            reserved=LOADS,
        )
        ground.load.feed(function, batch=1, at_once=LOADS)
        verbs = ("GetItem", "BatchGetItem", "Query", "PutItem", "DeleteItem", "BatchWriteItem", "ConditionCheckItem")
        ground.store.allow(function, Table.DIRECTORY, *verbs)
        ground.store.allow_index(function, Table.DIRECTORY)
        ground.store.allow(function, Table.OUTREACH, "GetItem", "BatchGetItem", "PutItem")
        ground.store.allow(function, Table.FEEDBACK, "PutItem")
        ground.files.allow_read(function, ground.files.drop)
        ground.files.allow_read(function, ground.files.reports, "staged/")
        ground.files.allow_write(function, ground.files.reports, "results/")
        ground.close.allow_send(function)
        ground.allow_signing(function)
        return function

    def _close(self, ground: Ground) -> Function:
        function = Function(
            self,
            "Close",
            handler="importer.close.handler",
            ground=ground,
            timeout=ground.close.timeout,
            reserved=CLOSES,
        )
        ground.close.feed(function, batch=1, at_once=CLOSES)
        ground.store.allow(function, Table.DIRECTORY, "GetItem", "BatchGetItem", "PutItem")
        ground.store.allow_index(function, Table.DIRECTORY)
        ground.store.allow(function, Table.OUTREACH, "GetItem", "PutItem")
        ground.store.allow(function, Table.FEEDBACK, "PutItem")
        ground.files.allow_read(function, ground.files.drop)
        ground.files.allow_read(function, ground.files.reports, "results/")
        ground.files.allow_write(function, ground.files.reports)
        ground.close.allow_send(function)
        ground.plan.allow_send(function)
        ground.mail.allow_send(function)
        return function
