package e2e

import (
	"os"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
)

// hooksOfTheGuide are the hooks that docs/javascript.md shows: what goes between the page
// and libraries that were made without knowing of it.
const hooksOfTheGuide = `
const hooks = {};
hooks.Sales = {
  mounted() {
    this.chart = new Chart(this.el.querySelector("canvas"), {
      type: "bar",
      data: {labels: [], datasets: [{label: "Sales", data: []}]},
      options: {animation: false}
    });
    this.handleEvent("sales", ({labels, values}) => {
      this.chart.data.labels = labels;
      this.chart.data.datasets[0].data = values;
      this.chart.update();
    });
  },
  destroyed() { this.chart.destroy(); }
};
hooks.Order = {
  mounted() {
    let before = [];
    this.sortable = new Sortable(this.el, {
      forceFallback: true, // the same by mouse and by touch
      onStart: () => { before = this.sortable.toArray(); },
      onEnd: (e) => {
        this.pushEvent("move", {id: e.item.dataset.id, to: e.newIndex}, (reply) => {
          if (!reply.moved) this.sortable.sort(before); // the page has nothing to undo: it shows what it did
        });
      }
    });
  },
  destroyed() { this.sortable.destroy(); }
};
hooks.Editor = {
  mounted() {
    this.el.addEventListener("input", () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.pushEvent("text", {text: this.el.textContent}), 300);
    });
    this.handleEvent("text", ({text}) => { this.el.textContent = text; });
  },
  destroyed() { clearTimeout(this.timer); }
};
window.liveview = {hooks};
`

type guided struct {
	Names []string
	Text  string
	Saved int
}

var guidedPage = liveview.MustParse[guided](`
<div id="sales" phx-hook="Sales" phx-update="ignore"><canvas role="img" aria-label="Sales of the week"></canvas></div>
<ol id="order" phx-hook="Order">{{range .Names | keyed "."}}<li id="item-{{.}}" data-id="{{.}}">{{.}}
  <button phx-click="up" phx-value-id="{{.}}" aria-label="Move {{.}} up">↑</button></li>{{end}}</ol>
<div id="editor" phx-hook="Editor" phx-update="ignore" contenteditable="true" role="textbox" aria-multiline="true" aria-label="Note"></div>
<p id="text">{{.Text}}</p><p id="names">{{range .Names}}{{.}}{{end}}</p>
<button id="more" phx-click="more">More</button><button id="clear" phx-click="clear">Clear</button>`)

func guidedView() view[guided] {
	values := []int{3, 5}
	sales := func(s *liveview.Socket[guided]) error {
		return s.PushEvent("sales", map[string]any{"labels": []string{"Mon", "Tue", "Wed"}[:len(values)], "values": values})
	}
	move := func(names []string, id string, to int) []string {
		moved := []string{}
		for _, n := range names {
			if n != id {
				moved = append(moved, n)
			}
		}
		return append(moved[:to:to], append([]string{id}, moved[to:]...)...)
	}
	return view[guided]{
		page: guidedPage,
		mount: func(_ *gin.Context, s *liveview.Socket[guided]) error {
			s.Assign(func(st *guided) { st.Names = []string{"a", "b", "c"} })
			return sales(s)
		},
		event: func(s *liveview.Socket[guided], e liveview.Event) error {
			switch e.Name {
			case "more":
				values = append(values, 8)
				return sales(s)
			case "move":
				var to struct {
					ID string `json:"id"`
					To int    `json:"to"`
				}
				if err := e.BindJSON(&to); err != nil || to.To < 0 || to.To > 2 {
					return liveview.ErrUnknownEvent
				}
				moved := to.ID != "c" // which may not
				if moved {
					s.Assign(func(st *guided) { st.Names = move(st.Names, to.ID, to.To) })
				}
				return s.Reply(map[string]bool{"moved": moved})
			case "text":
				s.Assign(func(st *guided) { st.Text = e.Value("text") })
			case "clear":
				s.Assign(func(st *guided) { st.Text = "" })
				return s.PushEvent("text", map[string]string{"text": ""})
			}
			return nil
		},
	}
}

// The hooks of docs/javascript.md do what is told of them there: a chart of Chart.js, a list
// that SortableJS sorts, with what the server refuses put back, and an editor.
func TestHooksOfTheGuide(t *testing.T) {
	t.Parallel()
	var script strings.Builder
	for _, library := range []string{"chart.js/dist/chart.umd.min.js", "sortablejs/Sortable.min.js"} {
		text, err := os.ReadFile("node_modules/" + library)
		if err != nil {
			t.Fatalf("this test needs libraries, by npm ci --prefix e2e: %v", err)
		}
		script.Write(text)
		script.WriteString(";\n")
	}
	script.WriteString(hooksOfTheGuide)
	l := newLab(t, script.String(), func(r *gin.Engine) { liveview.Handle(r, "/", guidedView()) })
	tb := newPerson(t).open(l.URL)
	tb.live()

	tb.holds(`Chart.getChart(document.querySelector("canvas")).data.datasets[0].data.join() === "3,5"`)
	tb.click("#more")
	tb.holds(`Chart.getChart(document.querySelector("canvas")).data.datasets[0].data.join() === "3,5,8"`)

	drag := func(from, to string) { tb.run(chromedp.DragAndDrop(chromedp.CSS(from), chromedp.CSS(to))) }
	drag("#item-a", "#item-b")
	tb.shows("#names", "bac")
	drag("#item-c", "#item-b")
	tb.holds(`[...document.querySelectorAll("#order li")].map(li => li.dataset.id).join("") === "bac"`)

	tb.run(chromedp.Focus(chromedp.CSS("#editor")), pressed("a note"))
	tb.shows("#text", "a note")
	tb.holds(`document.querySelector("#editor").textContent === "a note"`)
	tb.click("#clear")
	tb.holds(`document.querySelector("#editor").textContent === "" && document.querySelector("#text").textContent === ""`)
}
