"""The navigational map: versions of a theory of change, its boxes and its arrows (measures A4, 49)."""

from __future__ import annotations

from collections.abc import Mapping

from melflow.core.registers.register import Register

TOC: Mapping[str, Register] = {
    "toc_nodes": Register(
        table="src_toc_node",
        columns={
            "entry_id": "key",
            "version": "text",
            "reviewed_on": "date",  # the day the version was agreed
            "node_id": "text",
            "label": "text",
            "kind": "text",  # as the alliance calls its steps
        },
        needed=("version", "reviewed_on", "node_id", "label"),
        about=("version", "node_id"),
        day="reviewed_on",
    ),
    "toc_edges": Register(
        table="src_toc_edge",
        columns={
            "entry_id": "key",
            "version": "text",
            "reviewed_on": "date",
            "edge_id": "text",
            "from_node": "text",
            "to_node": "text",
            "status": "word",
            "evidence_ref": "text",
            "reason": "text",  # why it is as it is, or was changed
        },
        needed=("version", "reviewed_on", "edge_id", "from_node", "to_node", "status"),
        about=("version", "edge_id"),
        day="reviewed_on",
        words={"status": ("assumed", "supported", "contradicted")},
    ),
}
