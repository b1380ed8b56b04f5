"""The table of one size: what was measured, its ratio to the floor, and the goal."""

from __future__ import annotations

from typing import Any

from benchmarks import pages

_GROWS = 1.3  # times that a page may cost more in a mirror a hundred times as large


def show(result: dict[str, Any]) -> None:
    """Print the table of one size: what was measured, the ratio to the floor, the goal."""
    print(f"\n{result['runs']:,} runs, {result['deployments']:,} deployments, {result['cores']} cores\n")
    print(f"| {'':36} | {'measured':46} | × floor | CPU × | again | goal |\n|---|---|---|---|---|---|")
    if filled := result.get("filling"):
        speed = f"{filled['speed_first']:,.0f} runs/s, at the end {filled['speed_last']:,.0f}"
        text = f"{filled['seconds']:.0f} s; {speed}; {filled['cpu_seconds']:.0f} s of CPU"
        _row("filled through the sync, × pace", text, filled["seconds"] / filled["pace_seconds"], "1.3")
        _row("memory of the sync while filling", f"{filled['peak_mib']:.0f} MiB", None, "150 MiB")
        _row("disk per run", f"{filled['bytes_per_run']:,.0f} bytes", None, "900 bytes")
    if rested := result.get("rest"):
        _row("sync at rest, every 10 s", f"{rested['core']:.1%} of a core", None, "2 %")
    for name, page in result.get("pages", {}).items():
        times = f"{page['p50_ms']:,.1f} ms (95 %: {page['p95_ms']:,.1f}; CPU {page['cpu_ms']:,.1f})"
        text = f"{times}, {page['bytes'] / 1000:,.0f} kB"
        goal = f"{page['goal']:g}" if "goal" in page else ""
        _row(name, text, page.get("ratio"), goal, page.get("cpu_ratio"), page.get("again_cpu_ratio"))
    if "failed_a_second" in result:
        ours, floor = result["failed_a_second"], result["floor_a_second"]
        text = f"{ours:.0f} requests/s; the floor {floor:.0f}"
        _row(f"runs, failed, {pages.READERS} readers", text, ours / floor, "≥ 2")
    if shown := result.get("browser"):
        ours, bare = shown["list"], shown["floor"]
        for kind, goal in (("cold", "1.3; 45 kB, 6"), ("warm", "1.3; 10 kB")):
            wait, beside = ours[f"{kind}_ms"], bare[f"{kind}_ms"]
            size = f"{ours[f'{kind}_bytes'] / 1000:,.0f} kB, {ours[f'{kind}_requests']:.0f} requests"
            text = f"{wait:,.0f} ms, {size}; the floor's page {beside:,.0f} ms"
            _row(f"rows in Chromium, {kind}", text, wait / beside, goal)
    if watched := result.get("viewers"):
        waits = f"median {watched['p50_ms']:.0f} ms, longest {watched['longest_ms']:.0f}"
        text = f"{watched['cores']:.2f} cores; {waits}; {watched['unchanged']:.0%} unchanged"
        _row(f"{watched['viewers']} open pages, every 5 s", text, None, "")


def compare(results: list[dict[str, Any]]) -> None:
    """Print what each page costs at all sizes, in processor time of the floor, and the last to the first."""
    measured = [result for result in results if "pages" in result]
    if len(measured) < 2:
        return
    heads = " | ".join(f"{result['runs']:,} runs" for result in measured)
    print(f"\n| processor time × floor | {heads} | last to first, ≤ {_GROWS:g} |")
    print(f"|{'---|' * (len(measured) + 2)}")
    for name in measured[0]["pages"]:
        ratios = [result["pages"][name].get("cpu_ratio") for result in measured if name in result["pages"]]
        if len(ratios) == len(measured) and all(ratios):
            numbers = " | ".join(f"{ratio:.2f}" for ratio in ratios)
            print(f"| {name} | {numbers} | {ratios[-1] / ratios[0]:.2f} |", flush=True)


def _row(name: str, text: str, ratio: float | None, goal: str, *more: float | None) -> None:
    """more: processor × the floor of the page made anew, and of the page asked for again in one version."""
    figures = (ratio, *more, None, None)[:3]
    ratios = " | ".join(f"{'' if one is None else f'{one:.2f}':7}" for one in figures)
    print(f"| {name:36} | {text:46} | {ratios} | {goal} |", flush=True)
