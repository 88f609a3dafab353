/// How the page looks: on a phone, on a wide screen, in the dark and on paper.
enum StyleSheet {
    static let text = """
        :root {
          --paper: #ffffff; --card: #ffffff; --ink: #1f2328; --muted: #59636e; --edge: #d1d9e0; --grid: #eaeef2;
          --good: #1a7f37; --warn: #9a6700; --bad: #cf222e; --blue: #0969da; --deep: #0a4a94;
          --good-fill: #4ac26b; --warn-fill: #eac54f; --bad-fill: #ff8182; --none-fill: #eaeef2; --wash: #ddf4ff;
        }
        @media screen and (prefers-color-scheme: dark) {
          :root {
            --paper: #0d1117; --card: #151b23; --ink: #f0f6fc; --muted: #9da7b3; --edge: #3d444d; --grid: #262c34;
            --good: #3fb950; --warn: #d29922; --bad: #ff7b72; --blue: #4493f8; --deep: #79c0ff;
            --good-fill: #2ea043; --warn-fill: #bb8009; --bad-fill: #da3633; --none-fill: #262c34; --wash: #14233a;
          }
        }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1rem; max-width: 1100px; background: var(--paper); color: var(--ink);
          font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", "Noto Sans", "DejaVu Sans", sans-serif; overflow-wrap: anywhere; }
        h1 { font-size: 1.6rem; margin: .5rem 0 0; }
        h2 { font-size: 1rem; margin: 0 0 .6rem; }
        p { margin: .4rem 0 0; }
        code { font-family: ui-monospace, "DejaVu Sans Mono", monospace; font-size: .9em; }
        header p, footer p, .remark, section > p { color: var(--muted); }
        section, .card { background: var(--card); border: 1px solid var(--edge); border-radius: 10px; padding: 1rem; margin: 0 0 1rem; min-width: 0; }
        section.cards { border: 0; padding: 0; background: none; }
        header { margin-bottom: 1rem; }
        footer { font-size: .875rem; }
        .cards, .grid { display: grid; gap: 1rem; grid-template-columns: repeat(auto-fit, minmax(min(100%, 220px), 1fr)); }
        .grid { grid-template-columns: repeat(auto-fit, minmax(min(100%, 400px), 1fr)); margin-bottom: 1rem; }
        .grid > section, .cards > .card { margin: 0; }
        .card { border-left-width: 6px; }
        .card.good { border-left-color: var(--good); } .card.warn { border-left-color: var(--warn); } .card.bad { border-left-color: var(--bad); } .card.none { border-left-color: var(--edge); }
        .card h2 { font-size: .875rem; font-weight: 600; color: var(--muted); margin: 0; }
        .figure { font-size: 1.6rem; font-weight: 650; margin: .1rem 0; line-height: 1.25; }
        .remark { font-size: .875rem; margin: 0; }
        .verdict { display: inline-block; font-weight: 650; padding: .05rem .6rem; border-radius: 1rem; border: 1px solid currentColor; margin-right: .3rem; }
        .verdict.good { color: var(--good); } .verdict.warn { color: var(--warn); } .verdict.bad { color: var(--bad); }
        ul.findings, ul.legend { list-style: none; margin: 0; padding: 0; }
        ul.findings li { display: flex; gap: .7rem; align-items: baseline; padding: .35rem 0; border-top: 1px solid var(--grid); }
        ul.findings li:first-child { border-top: 0; }
        .severity { flex: none; font-size: .8rem; font-weight: 700; padding: 0 .45rem; border-radius: 6px; border: 1px solid currentColor; }
        .severity.P1, .failure { color: var(--bad); } .severity.P2 { color: var(--warn); } .severity.P3 { color: var(--blue); }
        .severity.P4 { color: var(--muted); } .severity.passed { color: var(--good); }
        svg { display: block; width: 100%; max-width: 460px; height: auto; font-size: 12.5px; }
        @media (min-width: 520px) { svg { font-size: 9.5px; } svg text.label { font-size: 9.5px; } }
        @media (min-width: 1000px) { .scroll svg { font-size: 8.5px !important; } }
        @media (max-width: 345px) { svg { font-size: 14px; } }
        .scroll { overflow-x: auto; direction: rtl; }
        .scroll svg { direction: ltr; min-width: 735px; max-width: none; font-size: 11.5px; }
        .scroll:focus-visible, .table:focus-visible { outline: 2px solid var(--blue); outline-offset: 2px; }
        svg text { fill: var(--muted); paint-order: stroke; stroke: var(--card); stroke-width: 3px; } svg text.label { fill: var(--ink); }
        .axis { stroke: var(--muted); } .rule { stroke: var(--grid); } .limit { stroke: var(--warn); stroke-dasharray: 5 4; stroke-width: 1.5; }
        path { fill: none; stroke-linejoin: round; } .line { stroke: var(--blue); stroke-width: 1.8; } .area { fill: var(--wash); }
        .forecast { stroke: var(--blue); stroke-width: 1.8; stroke-dasharray: 2 4; }
        .dot { fill: var(--blue); } .dot.bad { fill: var(--bad); }
        .bar { fill: var(--blue); } .bar.deep { fill: var(--deep); } .bar.bad { fill: var(--bad); }
        rect.good { fill: var(--good-fill); } rect.partial { fill: var(--warn-fill); } rect.failing { fill: var(--bad-fill); }
        rect.missed { fill: var(--paper); stroke: var(--bad); } rect.before { fill: var(--none-fill); } .mark { stroke: var(--ink); stroke-width: 1.3; }
        .legend { display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; margin-top: .5rem !important; font-size: .875rem; color: var(--muted); }
        .swatch { display: inline-block; width: .75rem; height: .75rem; border-radius: 2px; margin-right: .35rem; }
        .swatch.good { background: var(--good-fill); } .swatch.partial { background: linear-gradient(135deg, var(--warn-fill) 42%, var(--ink) 42% 58%, var(--warn-fill) 58%); }
        .swatch.failing { background: linear-gradient(135deg, transparent 42%, var(--ink) 42% 58%, transparent 58%), linear-gradient(45deg, var(--bad-fill) 42%, var(--ink) 42% 58%, var(--bad-fill) 58%); }
        .swatch.missed { border: 1px solid var(--bad); }
        .table { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
        th { text-align: left; color: var(--muted); font-weight: 600; } .number { text-align: right; white-space: nowrap; }
        th, td { padding: .3rem .8rem .3rem 0; border-bottom: 1px solid var(--grid); vertical-align: top; } td:nth-child(-n+2) { white-space: nowrap; } td:nth-child(3):not(.number) { min-width: 8rem; }
        @media (max-width: 519px) { table { font-size: .8rem; } td:first-child { white-space: normal; min-width: 5.8rem; } }
        tr.bad td { background: color-mix(in srgb, var(--bad-fill) 16%, transparent); } tr.bad td:first-child { box-shadow: inset 4px 0 0 var(--bad); padding-left: .6rem; }
        details { margin-top: .5rem; } summary { cursor: pointer; color: var(--muted); font-size: .875rem; padding: .3rem 0; }
        @media print {
          @page { margin: 14mm; }
          body { max-width: none; padding: 0; font-size: 10pt; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          section, .card, tr { break-inside: avoid; } section.wide { break-inside: auto; }
          .cards { grid-template-columns: repeat(4, 1fr); } .grid { grid-template-columns: 1fr 1fr; }
          .scroll, .table { overflow: visible; } .scroll svg { min-width: 0; }
        }

        """
}
