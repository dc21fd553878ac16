"""The attributes of an item that refers to a stored content."""

from pynamodb.attributes import BooleanAttribute, JSONAttribute, UnicodeAttribute


class ContentAttributes:
    """A reference to a stored content and its properties, as `content.model.StoredContent` has them."""

    content_id = UnicodeAttribute(null=True)
    subject = UnicodeAttribute(null=True)
    has_html = BooleanAttribute()
    has_text = BooleanAttribute()
    content_hash = UnicodeAttribute(null=True)
    snippets = JSONAttribute(null=True)
