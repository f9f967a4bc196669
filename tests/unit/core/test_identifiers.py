from __future__ import annotations

import pytest

from kb.core.identifiers import identify, mentioned


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://arxiv.org/abs/2206.13236v2", "arxiv:2206.13236"),
        ("https://huggingface.co/papers/2206.13236", "arxiv:2206.13236"),
        ("https://doi.org/10.48550/arXiv.2206.13236", "arxiv:2206.13236"),
        ("https://aclanthology.org/2021.naacl-main.159/", "acl:2021.naacl-main.159"),
        ("https://aclanthology.org/2021.naacl-main.159v2.pdf", "acl:2021.naacl-main.159"),
        ("https://www.aclweb.org/anthology/P19-1355.pdf", "acl:p19-1355"),
        ("https://doi.org/10.18653/v1/2021.naacl-main.159", "acl:2021.naacl-main.159"),
        ("https://openreview.net/forum?id=rJl-b3RcF7&noteId=x", "openreview:rJl-b3RcF7"),
        ("https://openreview.net/pdf?id=rJl-b3RcF7", "openreview:rJl-b3RcF7"),
        (
            "https://www.isca-archive.org/interspeech_2020/gulati20_interspeech.html",
            "isca:interspeech_2020/gulati20",
        ),
        ("https://doi.org/10.21437/Interspeech.2020-3015", "doi:10.21437/interspeech.2020-3015"),
        ("https://aclanthology.org/venues/acl/", ""),
        ("https://openreview.net/group?id=ICLR.cc", ""),
        ("https://blog.example.org/2206.13236", ""),
        ("", ""),
    ],
)
def test_each_library_names_a_paper_once(address, name):
    assert identify(address) == name


def test_text_and_links_name_papers():
    html = (
        '<a href="https://arxiv.org/pdf/2206.13236v1.pdf">paper</a>, see arXiv:2401.00001. '
        "Also aclanthology.org/2021.naacl-main.159."
    )
    assert mentioned(html) == {"arxiv:2206.13236", "arxiv:2401.00001", "acl:2021.naacl-main.159"}


def test_a_text_of_megabytes_is_read_in_no_time():
    assert mentioned("https://arxiv.org/" * 500_000) == frozenset()
