/** The brief's two pages. Everything said comes in as data; each list is short enough for its page. */
export const TEMPLATE = `
#set document(title: data.title + ", " + data.month)
#set page(paper: "a4", margin: (x: 20mm, top: 18mm, bottom: 24mm), footer: context [
  #set text(7.5pt, fill: luma(90))
  #line(length: 100%, stroke: 0.4pt + luma(170))
  #grid(columns: (1fr, auto), gutter: 8pt, data.footer, paged(data.page))
])
#set text(lang: data.lang, size: 10pt)
#set par(justify: false, leading: 0.58em)
#let ink = rgb("#1f4e79")
#let quiet(it) = text(fill: luma(80), it)
#let part(it) = block(above: 13pt, below: 6pt, width: 100%, stroke: (bottom: 0.8pt + ink), inset: (bottom: 3pt), text(13pt, weight: "bold", fill: ink, it))
#let under(it) = block(above: 8pt, below: 4pt, text(10pt, weight: "bold", it))
#let hair = (x: none, y: 0.4pt + luma(190))
#let compared(what, rows, last: true) = table(
  columns: if last { (1fr, 25mm, 25mm, 44mm) } else { (1fr, 25mm, 25mm) }, stroke: hair, inset: (x: 3pt, y: 3.6pt),
  align: (x, y) => if x == 0 or x == 3 { start } else { end },
  table.header(..(what, data.head.before, data.head.now, ..if last { (data.head.change,) }).map(each => quiet(text(8.5pt, each)))),
  ..rows.map(row => row.enumerate().map(((at, cell)) => if at == 2 { strong(onward(cell)) } else if at == 1 { onward(cell) } else { cell })).flatten())
#let months(plot) = block(breakable: false, width: 100%, {
  under(plot.title)
  // Few months take the room of a few, so that a bar never looks like a wall.
  show: block.with(width: calc.min(1, calc.max(4, plot.labels.len() + 1) / 12) * 100%)
  image(bytes(plot.picture), format: "svg", width: 100%, height: 22mm, fit: "stretch")
  v(-6pt)
  grid(columns: plot.labels.map(_ => 1fr), row-gutter: 2pt, align: center,
    ..plot.labels.map(each => text(8pt, onward(each.at(1)))), ..plot.labels.map(each => quiet(text(7.5pt, each.at(0)))))
})

#grid(columns: (1fr, auto), gutter: 12pt,
  [#text(9pt, quiet(data.authority)) \\ #text(18pt, weight: "bold", fill: ink, data.title)],
  align(end)[#text(9pt, quiet(data.draft)) \\ #text(15pt, weight: "bold", data.month)])
#v(2pt)
#block(width: 100%, fill: rgb("#eef3f8"), inset: 9pt, text(12pt, data.lead))

#part(data.grew.title)
#if data.grew.rows.len() == 0 { par(data.grew.none) } else { compared(data.head.happened, data.grew.rows) }
#if data.grew.campaigns.len() > 0 { under(data.grew.campaignsTitle); compared(data.head.campaign, data.grew.campaigns) }
#months(data.trend)

#part(data.cost.title)
#if data.cost.rows.len() == 0 { par(data.cost.none) } else {
  table(columns: (18mm, 1fr, 1fr, 1fr, 1fr), stroke: hair, inset: (x: 3pt, y: 3.6pt), align: (x, y) => if x == 0 { start } else { end },
    table.header(..data.cost.head.map(each => quiet(text(8.5pt, each)))),
    ..data.cost.rows.map(row => row.enumerate().map(((at, cell)) => if at == 3 { strong(onward(cell)) } else { onward(cell) })).flatten())
}
#par(data.cost.share)
#months(data.losses)
#pagebreak()

#part(data.done.title)
#compared(data.head.act, data.done.rows, last: false)
#under(data.done.answers)
#if data.done.bar != "" { image(bytes(data.done.bar), format: "svg", width: 100%, height: 6mm, fit: "stretch") }
#grid(columns: data.done.parts.map(_ => 1fr), gutter: 6pt,
  ..data.done.parts.map(each => [#box(width: 7pt, height: 7pt, fill: rgb(each.colour)) #strong(onward(each.count)) #each.label]))

#part(data.missing.title)
#list(spacing: 7pt, marker: [–], ..data.missing.lines)

#part(data.advice.title)
#if data.advice.items.len() == 0 { par(data.advice.none) } else {
  enum(spacing: 9pt, ..data.advice.items.map(each => [#strong(each.at(0)) \\ #quiet(text(8.5pt, each.at(1)))]))
}
#v(1fr)
#block(width: 100%, stroke: (top: 0.4pt + luma(170)), inset: (top: 5pt), text(8.5pt, quiet(data.note)))
`;
