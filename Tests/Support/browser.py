#!/usr/bin/env python3
"""Looks at a page in a real browser, as a person would: on a phone, on a wide screen, in the dark and on paper.

  browser.py PAGE.html DIRECTORY     pictures go into DIRECTORY

Ends with 1, and says why, when the page has an accessibility violation (axe-core), writes to the console, asks for anything beyond itself,
is wider than the screen, or writes in its charts too small to be read (11 pixels).
"""
import base64
import importlib.resources
import json
import pathlib
import sys

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

SIZES = {"phone": (390, 844), "tablet": (820, 1180), "wide": (1440, 900)}
page, directory = pathlib.Path(sys.argv[1]).resolve().as_uri(), pathlib.Path(sys.argv[2])
axe = (importlib.resources.files("axe_core_python") / "axe.min.js").read_text(encoding="utf-8")

options = Options()
options.binary_location = "/usr/bin/chromium"
for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--force-device-scale-factor=1"):
    options.add_argument(argument)
options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
problems = []
driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
try:
    for name, (width, height) in SIZES.items():
        for scheme in ("light", "dark"):
            driver.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride",
                {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": name == "phone"})
            driver.execute_cdp_cmd(
                "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
            driver.get(page)
            where = f"{name}, {scheme}"
            beyond = driver.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")
            if beyond > 0:
                problems.append(f"{where}: the page is {beyond} pixels wider than the screen")
            small = driver.execute_script("""return [...document.querySelectorAll("svg text")].map(text => {
                const svg = text.ownerSVGElement;
                return [text.textContent, parseFloat(getComputedStyle(text).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width];
            }).filter(found => found[1] < 10.95)""")
            if small:
                problems.append(f"{where}: {len(small)} texts of charts are too small to read, as {small[0]}")
            # The page's own policy forbids scripts; the debugger may run them all the same.
            driver.execute_script(axe + "; window.axe = axe;")
            found = driver.execute_async_script("axe.run(document).then(r => arguments[0](r.violations), e => arguments[0]([{id: String(e), nodes: []}]))")
            for violation in found:
                places = "; ".join(str(node["target"]) + " " + node.get("failureSummary", "") for node in violation["nodes"][:3])
                problems.append(f"{where}: {violation['id']}: {places}")
            size = driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
            picture = driver.execute_cdp_cmd(
                "Page.captureScreenshot",
                {"captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": width, "height": size["height"], "scale": 1}})
            (directory / f"{name}-{scheme}.png").write_bytes(base64.b64decode(picture["data"]))
    paper = driver.execute_cdp_cmd("Page.printToPDF", {"printBackground": True, "preferCSSPageSize": True, "paperWidth": 8.27, "paperHeight": 11.69})
    (directory / "paper.pdf").write_bytes(base64.b64decode(paper["data"]))
    problems += [f"console: {entry['message']}" for entry in driver.get_log("browser")]
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            url = message["params"]["request"]["url"]
            if url != page and not url.startswith("data:"):
                problems.append(f"it asks for {url}")
finally:
    driver.quit()
print("\n".join(problems) if problems else f"{page}: nothing to complain of at {len(SIZES)} sizes, light, dark and on paper")
sys.exit(1 if problems else 0)
