"""Whether a bundle is what the ledger signed: offline, from the file alone. No database, no network, no service.

`bundle` reads the file's form (docs/evidence.md), `slices` checks a stretch of its lines, `signatures` whose word it
is, `locating` where it differs from what was signed, `erasures` whether what is missing was erased as it must be,
`replaying` judges again from the events alone, `verifying` puts it together. What is read here may come from anybody:
whatever is not in form is a fault that is told, never an exception.
"""
