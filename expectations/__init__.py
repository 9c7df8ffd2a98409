"""Is the data right: suites as data, rules from the XLSForm, held rows."""
