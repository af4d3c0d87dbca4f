"""axe-core's findings on a page, as lines for an assertion."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def serious_issues(page: Page) -> list[str]:
    """Each serious or critical issue of accessibility: its rule, what is wrong, and where."""
    found = Axe().run(page).response["violations"]
    return [
        f"{issue['id']}: {issue['help']}: {node['target']}"
        for issue in found
        if issue["impact"] in ("serious", "critical")
        for node in issue["nodes"]
    ]


def serious_issues_in_both_colours(page: Page) -> list[str]:
    """The same with the system preferring light colours, then dark ones, in which it is left."""
    found = []
    for colours in ("light", "dark"):
        page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
        found += [f"{colours}: {issue}" for issue in serious_issues(page)]
    return found
