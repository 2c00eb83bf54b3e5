"""Why we believe it: the kernel, one derivation per claim, the ledger. Imports theory."""
