"""The checks of `mailroom doctor` that need no Prefect; each check returns lines for the screen.

A check changes nothing: it does not write to Drive or Logiqs, and creates or migrates no ledger. A check that
fails returns a line and never raises. The checks of a Prefect server are in
`mailroom.orchestration.doctor_checks`.
"""
