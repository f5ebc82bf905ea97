"""What the driver counts on in the playbooks."""

import yaml

from commands.checkout import ROOT

CHECK = "{{ checked_again | default(ansible_check_mode) }}"


def test_a_playbook_is_one_play_that_can_be_checked_again() -> None:
    playbooks = list((ROOT / "playbooks").glob("*.yaml"))
    assert playbooks
    for path in playbooks:
        plays = yaml.safe_load(path.read_text(encoding="utf-8"))

        assert len(plays) == 1, f"{path.name}: hosts of a later play would look whole when one play loses all its hosts"
        assert plays[0].get("check_mode") == CHECK, f"{path.name}: the check after an apply would be a second apply"
