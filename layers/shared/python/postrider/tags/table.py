"""Tags in the directory table: their names are all there is to them."""

from pynamodb.attributes import UnicodeAttribute

from postrider.directory import DirectoryItem


class TagItem(DirectoryItem, discriminator="tag"):
    name = UnicodeAttribute()
