from dataclasses import replace

from dr_drills.bubble import Bubble
from dr_drills.clean_up import compare_images
from dr_drills.evidence import CleanUpSeen
from dr_drills.model import ProveClean
from tests.builders.drill_values import EMPTY, MARK

BUBBLE = Bubble(network=f"drill-{MARK}", prober=f"p{MARK}")
STEP = ProveClean(site="gamma", before=EMPTY, bubble=BUBBLE, folders=("bureau/web",))


def test_nothing_changed_is_nothing_to_report() -> None:
    assert compare_images(STEP, EMPTY, marked=()) == CleanUpSeen(leftovers=())


def test_whatever_bears_the_drills_name_and_stands_is_left_behind() -> None:
    after = replace(
        EMPTY,
        machines=(*EMPTY.machines, f"drill-{MARK}-web"),
        networks=(*EMPTY.networks, f"drill-{MARK}", f"dvs/drill-{MARK}"),
        folders=(*EMPTY.folders, "bureau/web"),
        files=(*EMPTY.files, f"[vsan] drill-{MARK}-web_1"),
        probers=(f"p{MARK}", f"p{MARK}-decoy"),
    )
    assert compare_images(STEP, after, marked=()) == CleanUpSeen(
        leftovers=(
            f"machines drill-{MARK}-web",
            f"networks drill-{MARK}",
            f"networks dvs/drill-{MARK}",
            "folders bureau/web",
            f"files [vsan] drill-{MARK}-web_1",
            f"probers p{MARK}",
            f"probers p{MARK}-decoy",
        )
    )


def test_what_stood_before_and_bears_the_drills_mark_is_left_behind_too() -> None:
    assert compare_images(STEP, EMPTY, marked=("other",)).leftovers == ("machines other",)


def test_what_others_made_or_removed_is_theirs() -> None:
    after = replace(
        EMPTY,
        machines=("new-01", "other"),
        networks=("drill-ffff", "gamma-services"),
        folders=("bureau2",),
        files=("[vsan] other-000001.vmdk",),
        probers=("pffff",),
    )
    assert compare_images(STEP, after, marked=()) == CleanUpSeen(
        leftovers=(),
        changed_by_others=(
            "machines new-01",
            "networks drill-ffff",
            "folders bureau (gone)",
            "folders bureau2",
            "files [vsan] other (gone)",
            "files [vsan] other-000001.vmdk",
            "probers pffff",
        ),
    )


def test_a_machine_a_network_and_the_files_that_the_drill_could_have_removed_spoil_the_proof() -> None:
    after = replace(EMPTY, machines=(), networks=(), files=())
    assert compare_images(STEP, after, marked=()).leftovers == (
        "machines other (gone)",
        "networks gamma-services (gone)",
        "files [vsan] other (gone)",
    )
