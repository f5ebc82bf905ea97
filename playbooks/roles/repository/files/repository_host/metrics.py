"""What Prometheus reads of a repository host, by the text files that its node exporter collects."""

from repository_host.layout import Layout, read_state, write_whole
from repository_host.proof import oldest_proof


def write_metrics(layout: Layout) -> None:
    """Write what is known now; where Prometheus has no folder on this host, nothing is written."""
    folder = layout.state / "metrics"
    if not folder.is_dir():
        return
    proof, refused = read_state(layout.state / "proof.json"), read_state(layout.state / "refused.json")
    words = [one.get("word") for one in refused.values()]
    lines = (
        _gauge("proof_oldest_timestamp_seconds", "When the part was proven whose proof is oldest; 0: never.",
               oldest_proof(proof)),
        _gauge("wrong_files", "Files here that the last proof found not to be what they say.",
               len(proof.get("wrong", ()))),
        _gauge("incomplete_snapshots", "Snapshots here that the last proof found to lack something.",
               len(proof.get("incomplete", ()))),
        _gauge("refused_files", "Files of the sender whose name or content was refused here.", words.count("refused")),
        _gauge("foreign_files", "Files of the sender that the city's key does not open.", words.count("foreign")),
    )  # fmt: skip
    write_whole(folder / "repository.prom", "".join(lines))


def _gauge(name: str, text: str, value: float) -> str:
    full = f"cityops_repository_{name}"
    return f"# HELP {full} {text}\n# TYPE {full} gauge\n{full} {value!r}\n"
