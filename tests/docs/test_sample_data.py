from docs.blocks import ROOT
from sample import generate
from support.projects import csvflow


def project(folder):
    for name in ("pipelines", "sample_data"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def test_the_committed_sample_data_is_what_the_script_writes():
    for name, content in generate.files().items():
        assert (generate.FOLDER / name).read_bytes() == content, f"{name}: poe sample"


def test_the_sample_pipelines_pass_check():
    csvflow("check", cwd=ROOT, check=0)
