"""Tags in the accounts table: their names are all there is to them."""

from postrider.names import NameItem


class TagItem(NameItem, discriminator="tag"):
    """A name and nothing else."""
