"""What is claimed: notation, statements, shared mathematics. Imports SymPy and networkx only."""
