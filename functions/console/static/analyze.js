// The plots of Analyze: drawn on a canvas in the colours of the page, each with its table. Without it the tables show.
"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const from = document.querySelector("[data-fetch]");
  const probe = document.createElement("span");
  probe.hidden = true;
  document.body.append(probe);
  // What a token of the style sheet is in this theme; a canvas knows no light-dark().
  const color = (name) => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const faint = (rgb, share) => {
    const parts = rgb.match(/[\d.]+/g) || [0, 0, 0];
    return `rgba(${parts[0]}, ${parts[1]}, ${parts[2]}, ${share})`;
  };
  const BARS = { promoter: "bar-promoter", passive: "bar-passive", detractor: "bar-detractor" };
  const LINES = ["accent", "bar-promoter", "bar-passive", "bar-detractor", "soft", "edge"];
  const DECALS = [
    {},
    { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [2, 5], rotation: -Math.PI / 4 },
    { symbol: "circle", dashArrayX: [[6, 6], [0, 6, 6, 0]], dashArrayY: [5, 0] },
    { symbol: "rect", dashArrayX: [1, 0], dashArrayY: [3, 4], rotation: Math.PI / 4 },
  ];
  const MARKS = ["circle", "rect", "triangle", "diamond", "roundRect", "pin"];
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

  const base = () => ({
    animation: !still,
    animationDuration: 250,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, color: color("ink") },
    tooltip: {
      renderMode: "richText", confine: true, backgroundColor: color("card"), borderColor: color("edge"),
      textStyle: { color: color("ink"), fontSize: 13 },
    },
  });
  const axis = () => ({
    axisLine: { lineStyle: { color: color("edge") } },
    axisTick: { show: false },
    axisLabel: { color: color("soft"), fontSize: 12, hideOverlap: true },
    splitLine: { lineStyle: { color: color("line") } },
  });
  const number = (unit) => (value) => (unit === "share" ? `${Math.round(value * 100)} %` : new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 }).format(value).replace("-", "\u2212"));
  // The words of a tooltip are ours already, number by number: nothing is formatted here.
  const told = (name, words) => `${name}\n${words}`;

  const trend = (spec) => {
    const points = spec.points;
    const known = points.flatMap((point) => [point.value, point.low, point.high]).filter((value) => value !== null);
    let low = known.length ? Math.min(...known) : 0;
    let high = known.length ? Math.max(...known) : 1;
    const least = spec.unit === "points" ? 20 : spec.unit === "share" ? 0.1 : 1;
    if (high - low < least) { const more = (least - high + low) / 2; low -= more; high += more; }
    if (!spec.limits && low >= 0) low = 0;
    const rough = (high - low) / 4;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough);
    low = Math.floor(low / step + 1e-9) * step;
    high = Math.ceil(high / step - 1e-9) * step;
    if (spec.limits) { low = Math.max(low, spec.limits[0]); high = Math.min(high, spec.limits[1]); }
    const band = (index) => points.map((point) => (point.low === null || point.high === null ? null : index ? point.high - point.low : point.low));
    return {
      ...base(),
      grid: { left: 6, right: 14, top: 14, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      tooltip: { ...base().tooltip, trigger: "axis", formatter: (items) => told(points[items[0].dataIndex].name, points[items[0].dataIndex].words) },
      xAxis: { ...axis(), type: "category", data: points.map((point) => point.name), boundaryGap: points.length < 3, splitLine: { show: false } },
      yAxis: { ...axis(), type: "value", min: low, max: high, interval: step, axisLabel: { ...axis().axisLabel, formatter: number(spec.unit) }, axisLine: { show: false } },
      series: [
        { type: "line", stack: "band", silent: true, symbol: "none", lineStyle: { opacity: 0 }, data: band(0), stackStrategy: "all" },
        { type: "line", stack: "band", silent: true, symbol: "none", lineStyle: { opacity: 0 }, data: band(1), stackStrategy: "all", areaStyle: { color: faint(color("accent"), 0.16) } },
        { type: "line", name: spec.name, data: points.map((point) => point.value), symbol: "circle", symbolSize: 8, lineStyle: { color: color("accent"), width: 2 }, itemStyle: { color: color("accent") }, connectNulls: false, cursor: "pointer" },
      ],
    };
  };

  const shares = (spec) => ({
    ...base(),
    grid: { left: 6, right: 14, top: 34, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
    legend: { top: 0, left: 0, type: "scroll", textStyle: { color: color("ink"), fontSize: 12 }, itemWidth: 18, itemHeight: 10 },
    tooltip: { ...base().tooltip, trigger: "axis", formatter: (items) => [spec.names[items[0].dataIndex], ...items.map((item) => `${item.seriesName}: ${spec.series[item.seriesIndex].words[item.dataIndex]}`)].join("\n") },
    xAxis: { ...axis(), type: "category", data: spec.names, boundaryGap: spec.names.length < 3, splitLine: { show: false } },
    yAxis: { ...axis(), type: "value", min: 0, axisLabel: { ...axis().axisLabel, formatter: number("share") }, axisLine: { show: false } },
    series: spec.series.map((each, index) => {
      const own = color(BARS[each.color] || LINES[index % LINES.length]);
      return { type: "line", name: each.name, data: each.values, symbol: MARKS[index % MARKS.length], symbolSize: 8, lineStyle: { color: own, width: 2, type: ["solid", "dashed", "dotted"][index % 3] }, itemStyle: { color: own } };
    }),
  });

  const bars = (spec) => {
    const items = spec.upright ? spec.items : [...spec.items].reverse();
    const names = { ...axis(), type: "category", data: items.map((item) => item.name), splitLine: { show: false }, axisLabel: { ...axis().axisLabel, color: color("ink"), width: spec.upright ? 60 : 150, overflow: spec.upright ? "truncate" : "break", hideOverlap: false, interval: 0 } };
    const values = { type: "value", min: 0, show: false, max: "dataMax" };
    const labels = items.length < 16;
    return {
      ...base(),
      grid: { left: 4, right: spec.upright ? 4 : 92, top: spec.upright ? 22 : 4, bottom: 4, outerBoundsMode: "same", outerBoundsContain: "axisLabel" },
      tooltip: { ...base().tooltip, trigger: "item", formatter: (item) => told(items[item.dataIndex].name, items[item.dataIndex].words) },
      xAxis: spec.upright ? names : values,
      yAxis: spec.upright ? values : names,
      series: [{
        type: "bar", barMaxWidth: 34, barCategoryGap: "28%", cursor: "pointer",
        data: items.map((item, index) => ({ value: item.value, itemStyle: { color: color(BARS[item.color] || "accent"), borderRadius: 4, decal: item.color ? DECALS[Object.keys(BARS).indexOf(item.color)] : undefined } })),
        label: { show: labels, position: spec.upright ? "top" : "right", color: color("ink"), fontSize: 12, formatter: (item) => items[item.dataIndex].label },
      }],
      at: (index) => items[index],
    };
  };

  const gauge = (spec) => {
    const span = (spec.max - spec.min) || 1;
    const share = (value) => Math.min(1, Math.max(0, (value - spec.min) / span));
    const marks = spec.target === null ? [] : [{ value: spec.target }];
    return {
      ...base(),
      series: [
        {
          type: "gauge", startAngle: 200, endAngle: -20, min: spec.min, max: spec.max, radius: "112%", center: ["50%", "66%"],
          progress: { show: false }, pointer: { show: false }, axisTick: { show: false }, splitLine: { show: false },
          axisLabel: { show: false }, title: { show: false }, detail: { show: false },
          axisLine: { lineStyle: { width: 14, color: [[share(spec.low ?? spec.value), color("sunk")], [share(spec.high ?? spec.value), faint(color("accent"), 0.4)], [1, color("sunk")]] } }, data: [{ value: spec.value }],
        },
        {
          type: "gauge", startAngle: 200, endAngle: -20, min: spec.min, max: spec.max, radius: "112%", center: ["50%", "66%"],
          axisLine: { lineStyle: { width: 14, color: [[1, "transparent"]] } }, axisTick: { show: false }, splitLine: { show: false }, axisLabel: { distance: -2, color: color("soft"), fontSize: 12, formatter: (value) => (value === spec.min ? spec.ends[0] : value === spec.max ? spec.ends[1] : "") }, splitNumber: 1,
          pointer: { icon: "rect", width: 4, length: "26%", offsetCenter: [0, "-78%"], itemStyle: { color: color("ink") } }, anchor: { show: false }, title: { show: false }, detail: { show: false }, data: [{ value: spec.value }],
        },
        ...marks.map((mark) => ({
          type: "gauge", startAngle: 200, endAngle: -20, min: spec.min, max: spec.max, radius: "112%", center: ["50%", "66%"],
          axisLine: { show: false }, axisTick: { show: false }, splitLine: { show: false }, axisLabel: { show: false }, title: { show: false }, detail: { show: false }, anchor: { show: false },
          pointer: { icon: "triangle", width: 12, length: 10, offsetCenter: [0, "-104%"], itemStyle: { color: color("soft") } }, data: [mark],
        })),
      ],
      tooltip: { show: false },
    };
  };

  const KINDS = { trend, shares, bars, gauge };
  const drawn = new Map();
  const way = (path) => `${document.body.dataset.root}/${path}`;
  const draw = (place, atOnce) => {
    const spec = JSON.parse(document.getElementById(place.dataset.plot).textContent);
    const option = KINDS[spec.type](spec);
    const { at, ...rest } = option;
    let chart = drawn.get(place);
    if (!chart) {
      chart = window.echarts.init(place, null, { renderer: "canvas" });
      drawn.set(place, chart);
      new ResizeObserver(() => { if (place.clientWidth && place.clientHeight) chart.resize(); }).observe(place);
      chart.on("click", (event) => {
        const path = (spec.points?.[event.dataIndex] || at?.(event.dataIndex) || spec)?.path || spec.paths?.[event.dataIndex];
        if (path && !place.closest("[inert]")) { window.escuta.working(true); location.href = way(path); }
      });
    }
    chart.setOption(atOnce ? { ...rest, animation: false } : rest, true);
  };
  const drawAll = () => all("[data-plot]").forEach((place) => draw(place));

  // The library is fetched when there is something to draw, and once.
  let fetched = null;
  const library = () => {
    fetched ??= new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = from.dataset.fetch;
      script.nonce = document.querySelector("script[nonce]").nonce;
      script.onload = done;
      script.onerror = failed;
      document.head.append(script);
    });
    return fetched;
  };
  const asTable = (box, on) => {
    const place = box.parentElement.querySelector(".plot");
    box.hidden = !on;
    place.hidden = on;
    document.querySelector(`[data-as-table="${box.id}"]`)?.setAttribute("aria-pressed", String(on));
    if (!on) drawn.get(place)?.resize();
  };
  if (from && document.querySelector("[data-plot]")) {
    library().then(() => {
      drawAll();
      document.documentElement.dataset.drawn = "1";
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
    }, () => all(".as-table").forEach((box) => asTable(box, true)));
  } else document.documentElement.dataset.drawn = "1";

  // Paper is light, whatever the screen is.
  let theme = "";
  addEventListener("beforeprint", () => { theme = document.documentElement.dataset.theme; document.documentElement.dataset.theme = "light"; drawn.forEach((chart, place) => { draw(place, true); chart.resize(); }); });
  addEventListener("afterprint", () => { document.documentElement.dataset.theme = theme; drawn.forEach((chart, place) => { draw(place, true); chart.resize(); }); });

  // A picture of a widget: its title, its days, and the plot, or what its table says.
  const wrap = (pen, words, width) => {
    const lines = [];
    let line = "";
    for (const word of words.split(/\s+/)) {
      if (line && pen.measureText(`${line} ${word}`).width > width) { lines.push(line); line = word; } else line = line ? `${line} ${word}` : word;
    }
    return line ? [...lines, line] : lines;
  };
  // In light colours, whatever the screen has: pictures go into slides and mails.
  const inLight = (work) => {
    const own = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
    try { return work(); } finally { document.documentElement.dataset.theme = own; }
  };
  const text = (each) => each.innerText.trim().replace(/\s+/g, " ");
  const picture = (widget) => {
    const place = widget.querySelector("[data-plot]");
    const chart = place && drawn.get(place);
    const table = chart ? null : widget.querySelector(".body table");
    const width = Math.max(560, chart ? chart.getWidth() + 32 : 800);
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d");
    const family = getComputedStyle(document.body).fontFamily;
    pen.font = `13px ${family}`;
    const rows = table ? all("tr", table).slice(0, 60) : [];
    const items = chart || table ? [] : all("li, .body dl > div, .body > p", widget).slice(0, 40).flatMap((each) => [...wrap(pen, text(each), width - 48), ""]);
    const height = 84 + (chart ? chart.getHeight() + 16 : rows.length * 26 + items.length * 20 + 12);
    canvas.width = width * 2;
    canvas.height = height * 2;
    pen.scale(2, 2);
    inLight(() => {
      pen.fillStyle = color("card");
      pen.fillRect(0, 0, width, height);
      pen.fillStyle = color("ink");
      pen.font = `600 17px ${family}`;
      const value = table || chart ? widget.querySelector(".body > .value") : null;
      pen.fillText([text(widget.querySelector("h2")), value && text(value)].filter(Boolean).join(": "), 24, 34, width - 48);
      pen.fillStyle = color("soft");
      pen.font = `13px ${family}`;
      pen.fillText(all(".period-of, .body > .small", widget).map(text).join(" · "), 24, 56, width - 48);
      if (chart) {
        draw(place, true);
        pen.drawImage(chart.getRenderedCanvas({ pixelRatio: 2, backgroundColor: color("card") }), 16, 76, chart.getWidth(), chart.getHeight());
      }
      const most = Math.max(1, ...rows.map((row) => row.cells.length));
      const first = Math.min(260, (width - 48) / 2);
      const step = (width - 48 - first) / Math.max(1, most - 1);
      rows.forEach((row, line) => {
        [...row.cells].forEach((cell, column) => {
          const [x, y] = [column ? 24 + first + step * column : 24, 92 + line * 26];
          const tint = getComputedStyle(cell).backgroundColor;
          if (/heat-/.test(cell.className)) { pen.fillStyle = tint; pen.fillRect(x - step + 3, y - 17, step - 6, 24); }
          pen.fillStyle = color(row.parentElement.tagName === "THEAD" ? "soft" : "ink");
          pen.font = `${cell.tagName === "TH" ? "600 " : ""}13px ${family}`;
          pen.textAlign = column ? "right" : "left";
          pen.fillText(text(cell), column ? x - 8 : x, y, (column ? step : first) - 16);
        });
        pen.fillStyle = color("line");
        pen.fillRect(24, 99 + line * 26, width - 48, 1);
      });
      pen.textAlign = "left";
      pen.fillStyle = color("ink");
      items.forEach((words, index) => pen.fillText(words, 24, 92 + index * 20));
    });
    if (chart) draw(place, true);
    canvas.toBlob((blob) => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(blob);
      link.download = `${widget.dataset.widget || "widget"}.png`;
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    });
  };

  const full = (target) => (document.fullscreenElement ? document.exitFullscreen() : target.requestFullscreen?.());
  all("[data-full-screen]").forEach((button) => { button.hidden = !document.fullscreenEnabled; });
  document.addEventListener("click", (event) => {
    const on = (selector) => event.target.closest(selector);
    let button;
    if ((button = on("[data-as-table]"))) {
      asTable(document.getElementById(button.dataset.asTable), button.getAttribute("aria-pressed") !== "true");
      button.closest("details").open = false;
    } else if ((button = on("[data-picture]"))) {
      picture(document.getElementById(button.dataset.picture));
      const drop = button.closest("details");
      if (drop) drop.open = false;
    } else if ((button = on("[data-full-screen]"))) full(document.getElementById(button.dataset.fullScreen || "board"));
  });
})();
