"""Every version of a product with its lineage."""

from melflow.core.statistics.lineage import with_lineage


def model(dbt, session):
    return with_lineage(dbt.ref("int_product_versions_listed").pl()).drop("contexts").to_arrow()
