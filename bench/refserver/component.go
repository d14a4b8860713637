package main

import (
	"bytes"
	"context"
	"html"
	"io"
	"strconv"

	"github.com/gin-liveview/liveview"
)

// written is the table of /table as a component that writes HTML, as templ and its like do it:
// into a buffer of its own, text by text, rendered anew for each event.
type written struct{ table }

func (written) Render(c stock) liveview.Rendered {
	return liveview.RenderComponent(tableOf(c, func(ctx context.Context, w io.Writer) error {
		for _, r := range c.Rows {
			if err := rowOf(r).Render(ctx, w); err != nil {
				return err
			}
		}
		return nil
	}))
}

// remembered is the same by liveview.Rows, which leaves out the rows that are as before.
type remembered struct{ table }

func (remembered) Render(c stock) liveview.Rendered {
	return liveview.RenderComponent(tableOf(c, liveview.Rows(c.Rows, rowOf).Render))
}

type writes func(ctx context.Context, w io.Writer) error

func (f writes) Render(ctx context.Context, w io.Writer) error { return f(ctx, w) }

func tableOf(_ stock, rows writes) writes {
	return func(ctx context.Context, w io.Writer) error {
		var b bytes.Buffer
		b.WriteString(`<div><button phx-click="touch">touch</button><table><thead><tr><th>id</th><th>name</th><th>qty</th><th>price</th><th>status</th></tr></thead><tbody>`)
		if err := rows(ctx, &b); err != nil {
			return err
		}
		b.WriteString(`</tbody></table></div>`)
		_, err := w.Write(b.Bytes())
		return err
	}
}

func rowOf(r row) writes {
	return func(_ context.Context, w io.Writer) error {
		id := strconv.Itoa(int(r.ID))
		for _, text := range [...]string{
			`<tr id="row-`, id, `"><td>`, id, `</td><td>`, html.EscapeString(r.Name), `</td><td>`, strconv.Itoa(int(r.Qty)),
			`</td><td>`, html.EscapeString(r.Price), `</td><td>`, html.EscapeString(r.Status), `</td></tr>`,
		} {
			if _, err := io.WriteString(w, text); err != nil {
				return err
			}
		}
		return nil
	}
}
