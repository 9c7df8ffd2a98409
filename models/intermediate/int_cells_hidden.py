"""The cells of the equations that are hidden, so that no small one can be worked out (F40 i, ii)."""

from melflow.core.statistics.suppression import hidden_cells


def model(dbt, session):
    minimum = int(dbt.config.meta_get("min_n_published"))
    return hidden_cells(dbt.ref("int_cells_linked").pl(), minimum).to_arrow()
