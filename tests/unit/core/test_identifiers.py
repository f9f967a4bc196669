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
        (
            "https://www.isca-speech.org/archive/pdfs/interspeech_2020/gulati20_interspeech.pdf",
            "isca:interspeech_2020/gulati20",
        ),
        (
            "https://isca-archive.org/interspeech_2020/gulati20_interspeech",
            "isca:interspeech_2020/gulati20",
        ),
        ("https://www.isca-archive.org/ssw_2023/van_a23b_ssw.pdf", "isca:ssw_2023/van_a23b"),
        ("https://www.isca-archive.org/interspeech_2020/index.html", ""),
        ("https://www.isca-archive.org/interspeech_2020/sessions.html", ""),
        ("https://www.aclweb.org/anthology/P/P19/P19-1355.pdf", "acl:p19-1355"),
        ("https://www.alphaxiv.org/abs/2206.13236v3", "arxiv:2206.13236"),
        ("https://arxiv.org/html/2206.13236v1#S2", "arxiv:2206.13236"),
        ("https://dl.acm.org/doi/pdf/10.1145/3397271.3401075", "doi:10.1145/3397271.3401075"),
        ("https://dl.acm.org/doi/abs/10.48550/arXiv.2206.13236", "arxiv:2206.13236"),
        (
            "https://link.springer.com/content/pdf/10.1007/s11263-020-01.pdf",
            "doi:10.1007/s11263-020-01",
        ),
        ("https://dl.acm.org/doi/proceedings/10.1145/3397271", ""),
        ("https://github.com/k2-fsa/icefall/releases/tag/v1.0", ""),
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
