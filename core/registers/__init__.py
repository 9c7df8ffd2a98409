"""The registers an alliance keeps about itself, by the name a source file gives them.

They differ in their columns only: the workspace files, the reader and the canonical tables are made from these
declarations.
"""

from __future__ import annotations

from collections.abc import Mapping

from melflow.core.registers.coding import CODING
from melflow.core.registers.cycles import CYCLES
from melflow.core.registers.learning import LEARNING
from melflow.core.registers.membership import MEMBERSHIP
from melflow.core.registers.needs import NEEDS
from melflow.core.registers.power import POWER
from melflow.core.registers.register import Kind, Register
from melflow.core.registers.results import RESULTS
from melflow.core.registers.toc import TOC
from melflow.core.registers.use import USE

__all__ = ["REGISTERS", "Kind", "Register"]

REGISTERS: Mapping[str, Register] = {
    **POWER,
    **LEARNING,
    **RESULTS,
    **MEMBERSHIP,
    **CYCLES,
    **NEEDS,
    **TOC,
    **USE,
    **CODING,
}
