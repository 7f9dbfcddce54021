"""Who and where: segments, managers, products, contacts, the files they come in, and who may see them."""
