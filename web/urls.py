"""Every address of the site."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path, re_path, register_converter

from web.views import (
    authors,
    belongings,
    errors,
    feeds,
    for_you,
    hub,
    images,
    knowledge,
    lists,
    maps,
    me,
    mine,
    notes,
    offline,
    reading,
    saved,
    search,
    sources,
    websub,
)


class Format:
    """rss, atom or json, at the end of a feed's address."""

    regex = "rss|atom|json"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Format, "format")

urlpatterns = [
    path("", reading.home, name="home"),
    path("latest/", reading.latest, name="latest"),
    path("archive/", reading.years, name="archive_years"),
    re_path(r"^archive/(?P<year>\d{4})/$", reading.year, name="archive_year"),
    re_path(r"^archive/(?P<year>\d{4})/(?P<month>\d{2})/$", reading.archive, name="archive"),
    re_path(r"^archive/(?P<year>\d{4})/(?P<month>\d{2})/(?P<day>\d{2})/$", reading.day, name="day"),
    path("articles/<int:pk>/", reading.article, name="article_bare"),
    path("articles/<int:pk>/<str:slug>/", reading.article, name="article"),
    path("images/<str:signature>/<str:encoded>", images.image, name="image"),
    path("sources/", sources.index, name="sources"),
    path("sources/<int:pk>/", sources.page, name="source"),
    path("sources/<int:pk>/feed.<format:kind>", feeds.source, name="source_feed"),
    path("sources/<int:pk>/<str:slug>/feed.<format:kind>", feeds.source),
    path("sources/<int:pk>/<str:slug>/", sources.page, name="source"),
    path("authors/", authors.index, name="authors"),
    path("authors/<str:slug>/", authors.page, name="author"),
    path("authors/<str:slug>/feed.<format:kind>", feeds.author, name="author_feed"),
    path("lists/", lists.index, name="lists"),
    path("lists/feed.<format:kind>", feeds.reading_lists, name="lists_feed"),
    path("lists/<slug:slug>/", lists.page, name="list"),
    path("issues/", lists.issues, name="issues"),
    path("issues/feed.<format:kind>", feeds.issues, name="issues_feed"),
    path("issues/<slug:slug>/", lists.page, name="issue"),
    path("issues/<slug:slug>/feed.<format:kind>", feeds.reading_list, name="issue_feed"),
    path("topics/", knowledge.topic_index, name="topics"),
    path("topics/feed.<format:kind>", feeds.topics, name="topics_feed"),
    path("topics/<slug:slug>/", knowledge.topic, name="topic"),
    path("topics/<slug:slug>/feed.<format:kind>", feeds.topic, name="topic_feed"),
    path("concepts/", knowledge.concept_index, name="concepts"),
    path("concepts/feed.<format:kind>", feeds.concepts, name="concepts_feed"),
    path("concepts/<slug:slug>/", knowledge.concept, name="concept"),
    path("concepts/<slug:slug>/path/", knowledge.concept_path, name="concept_path"),
    path("concepts/<slug:slug>/feed.<format:kind>", feeds.concept, name="concept_feed"),
    path("resources/<slug:slug>/", knowledge.resource, name="resource"),
    path("impressions/", knowledge.impression_index, name="impressions"),
    path("impressions/feed.<format:kind>", feeds.impressions, name="impressions_feed"),
    path("impressions/<slug:slug>/", knowledge.impression, name="impression"),
    path("questions/", knowledge.question_index, name="questions"),
    path("questions/feed.<format:kind>", feeds.questions, name="questions_feed"),
    path("questions/ask/", knowledge.ask, name="ask"),
    path("questions/<slug:slug>/", knowledge.question, name="question"),
    path("search/", search.page, name="search"),
    path("search/text/", search.text, name="search_text"),
    path("search/suggest", search.suggest, name="suggest"),
    path("me/", include("web.account_urls")),
    path("me/", me.overview, name="me"),
    path("me/unread/", me.unread, name="unread"),
    path("me/unread/read/", me.mark_read, name="mark_read"),
    path("me/queue/", me.shelf, {"name": "queued"}, name="queue"),
    path("me/starred/", me.shelf, {"name": "starred"}, name="starred"),
    path("me/read/", me.shelf, {"name": "read"}, name="read"),
    path("me/tags/", me.tag_index, name="tags"),
    path("me/tags/<str:name>/", me.tag, name="tag"),
    path("me/follows/", mine.follows, name="follows"),
    path("me/mutes/", me.mute_index, name="mutes"),
    path("me/settings/", me.settings, name="settings"),
    path("me/undo/", me.undo, name="undo"),
    path("me/articles/<int:pk>/", mine.marks, name="marks"),
    path("me/follow/", mine.follow, name="follow"),
    path("me/know/<int:pk>/", mine.know, name="know"),
    path("me/lists/<slug:slug>/", mine.progress, name="progress"),
    path("me/for-you/", for_you.page, name="for_you"),
    path("me/for-you/taste.json", for_you.taste, name="taste"),
    path("me/for-you/less/<int:pk>/", for_you.less, name="less_like"),
    path("articles/<int:pk>/notes/add/", notes.add, name="add_note"),
    path("me/notes/", notes.index, name="notes"),
    path("me/notes/<int:pk>/", notes.edit, name="edit_note"),
    path("me/notes/<int:pk>/delete/", notes.remove, name="remove_note"),
    path("me/notes/<int:pk>/restore/", notes.restore, name="restore_note"),
    path("me/offline.json", offline.queued, name="offline_queue"),
    path("offline/", offline.page, name="offline"),
    path("manifest.webmanifest", offline.manifest, name="manifest"),
    path("service-worker.js", offline.worker, name="worker"),
    path("me/links/", belongings.links, name="saved_links"),
    path("me/links/<int:pk>/delete/", belongings.remove_link, name="remove_link"),
    path("me/links/<int:pk>/restore/", belongings.restore_link, name="restore_link"),
    path("me/import/", belongings.bring, name="imports"),
    path("me/import/<int:pk>/", belongings.outcome, name="import"),
    path("me/export/", belongings.take, name="export"),
    re_path(r"^me/export/everything\.(?P<kind>json|opml|md)$", belongings.export, name="exported"),
    path("me/delete/", belongings.leave, name="leave"),
    path("goodbye/", belongings.left, name="left"),
    path("me/searches/", saved.index, name="saved_searches"),
    path("me/searches/<int:pk>/", saved.look, name="saved_search"),
    path("me/searches/<int:pk>/delete/", saved.remove, name="remove_search"),
    path("me/searches/<int:pk>/restore/", saved.restore, name="restore_search"),
    path("map/", maps.newest, name="map"),
    re_path(r"^map/(?P<year>\d{4})/(?P<part>q[1-4]|w\d{2}|\d{2})/$", maps.guessed),
    path("map/<str:period>/", maps.page, name="map_period"),
    path("subscribe/", hub.subscribe, name="subscribe"),
    path("about/", hub.about, name="about"),
    path("moderation/", hub.moderation, name="moderation"),
    path("moderation/feed.<format:kind>", feeds.moderation, name="moderation_feed"),
    path("feed.<format:kind>", feeds.home, name="feed"),
    path("lists/<slug:slug>/feed.<format:kind>", feeds.reading_list, name="list_feed"),
    path("search/feed.<format:kind>", feeds.search, name="search_feed"),
    path("searches/<str:token>/feed.<format:kind>", feeds.saved_search, name="saved_feed"),
    path("opml.xml", hub.opml, name="opml"),
    path("sitemap.xml", hub.sitemap, name="sitemap"),
    path("sitemap-<int:number>.xml", hub.sitemap_part, name="sitemap_part"),
    path("robots.txt", hub.robots, name="robots"),
    path("favicon.ico", hub.favicon, name="favicon"),
    path("websub/<str:token>/", websub.callback, name="websub"),
    path("healthz", hub.healthz, name="healthz"),
    path("admin/", admin.site.urls),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.broken
