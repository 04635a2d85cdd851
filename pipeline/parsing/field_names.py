"""Which of a record's own names holds which field: the names in use.

Belongs here: the table of names and asking it. Does not belong here: what becomes of the values
(`pipeline.parsing.fields`).
"""

from __future__ import annotations

import functools
import re
from typing import Final

FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "title": ("title", "headline", "head", "headline_main", "heading", "newstitle", "articletitle", "subject", "titr", "h1", "name", "عنوان", "تیتر", "العنوان"),
    "lead": ("lead", "abstract", "summary", "description", "standfirst", "subtitle", "subheadline", "excerpt", "lede", "deck", "intro", "teaser", "brief", "snippet", "articlelead", "خلاصه", "لید", "چکیده", "ملخص", "الملخص"),
    "body": ("content", "body", "text", "paragraphs", "articlebody", "article", "fulltext", "maintext", "contentencoded", "encoded", "story", "news", "newstext", "newsbody", "articletext", "contenttext", "contenthtml", "html", "bodyhtml", "rawtext", "plaintext", "block", "blocks", "details", "matn", "متن", "متن خبر", "متن_خبر", "محتوا", "النص", "نص", "المحتوى"),
    "url": ("url", "link", "href", "permalink", "canonicalurl", "canonical", "articleurl", "newsurl", "pageurl", "weburl", "guid", "uri", "sourceurl", "لینک", "آدرس", "الرابط", "رابط"),
    "date": ("publishedat", "datepublished", "publisheddate", "publicationdate", "publishdate", "pubdate", "published", "publishedon", "publishtime", "publishedtime", "articlepublishedtime", "dcdate", "issued", "date", "datetime", "time", "timestamp", "created", "createdat", "datecreated", "createdate", "newsdate", "articledate", "releasedate", "posted", "postdate", "updated", "lastmodified", "modified", "datemodified", "updatedat", "datecollected", "dateissue", "firstcreated", "contentcreated", "versioncreated", "dategmt", "تاریخ", "زمان", "تاریخ انتشار", "تاریخ_انتشار", "التاريخ", "تاريخ", "تاريخ النشر"),
    "source": ("source", "publisher", "sitename", "site", "src", "outlet", "newspaper", "media", "newsagency", "provider", "website", "sourcename", "channel", "domain", "منبع", "خبرگزاری", "المصدر", "مصدر"),
    "agency": ("agency", "wire", "credit", "newswire"),
    "author": ("author", "authors", "byline", "creator", "dccreator", "writer", "reporter", "journalist", "by", "نویسنده", "خبرنگار", "الكاتب", "كاتب"),
    "external_id": ("id", "guid number", "newsid", "docno", "docid", "documentid", "articleid", "code", "newscode", "identifier", "externalid", "did", "uid", "postid", "_id", "کد", "کد خبر", "شناسه", "رقم"),
    "category": ("category", "cat", "categories", "section", "articlesection", "service", "class", "label", "group", "genre", "newscategory", "subcategory", "subcat", "subject_category", "topic", "دسته", "دسته‌بندی", "موضوع", "سرویس", "القسم", "التصنيف", "تصنيف"),
    "tags": ("tags", "tag", "keywords", "keyword", "labels", "topics", "hashtags", "newskeywords", "entities_tags", "برچسب", "برچسب‌ها", "کلیدواژه", "الوسوم", "وسوم", "كلمات مفتاحية"),
}  # fmt: skip
"""Field to the names it goes by, the better first; compared in lower case, without prefix, _, - and blanks."""

_KEY: Final = re.compile(r"[\s_\-.:]+")
WRAPPERS: Final = (
    "article",
    "document",
    "doc",
    "item",
    "_source",
    "news",
    "data",
    "post",
    "story",
    "node",
    "fields",
    "attributes",
)
"""Names under which a record's own fields lie a level deeper."""


@functools.cache
def _names() -> dict[str, tuple[str, int]]:
    """Folded name to field and rank; a name that two fields use goes to the first."""
    names: dict[str, tuple[str, int]] = {}
    for field, known in FIELDS.items():
        for rank, name in enumerate(known):
            names.setdefault(fold_name(name), (field, rank))
    return names


@functools.lru_cache(maxsize=4096)
def fold_name(name: str) -> str:
    """Return a name as names are compared: lower case, no prefix of a namespace, no separators."""
    local = name.rsplit("}", 1)[-1]
    if ":" in local and not local.startswith(("og:", "article:")):
        local = local.rsplit(":", 1)[-1] or local
    return _KEY.sub("", local).lower().replace("\u200c", "")


@functools.lru_cache(maxsize=4096)
def field_of(name: str) -> tuple[str, int] | None:
    """Return the field that a name holds, and the name's rank among that field's names; None where unknown."""
    return _names().get(fold_name(name))


def known_names(names: list[str]) -> int:
    """Count the names that hold a field."""
    return sum(field_of(name) is not None for name in names)
