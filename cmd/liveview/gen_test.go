package main

import (
	"go/format"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// gen runs gen page in an application.
func gen(t *testing.T, dir string, args ...string) (code int, out, errs string) {
	t.Helper()
	t.Chdir(dir)
	return call(append([]string{"gen", "page"}, args...)...)
}

func TestGenPage(t *testing.T) {
	dir := newApp(t, "ledger")
	before := wrote(t, dir)
	code, out, errs := gen(t, dir, "purchase_orders", "PurchaseOrder", "number:string", "api_url:url:optional", "order:int", "total:decimal", "due:date", "sent_at:time", "paid:bool", "mail:email", "notes:text")
	if code != 0 || !strings.Contains(out, "data/migrations/00003_purchase_orders.sql") || errs != "" {
		t.Fatalf("exit code %d, %q, %q", code, out, errs)
	}
	after := wrote(t, dir)
	var changed []string
	for name, text := range after {
		if text != before[name] {
			changed = append(changed, name)
		}
		if strings.HasSuffix(name, ".go") {
			if formatted, err := format.Source([]byte(text)); err != nil || string(formatted) != text {
				t.Errorf("%s isn't formatted: %v\n%s", name, err, text)
			}
		}
	}
	slices.Sort(changed)
	want := []string{"data/migrations/00003_purchase_orders.sql", "data/purchase_order.go", "web/purchase_orders.go", "web/purchase_orders_test.go", "web/web.go", "web/purchase_orders.html"}
	slices.Sort(want)
	if !slices.Equal(changed, want) {
		t.Errorf("written are %q, want %q", changed, want)
	}
	if menu := after["web/web.go"]; !strings.Contains(menu, "\t{\"/purchase-orders\", \"Purchase orders\", purchaseOrderRoutes},\n\t"+menuEnd) {
		t.Errorf("the menu is in\n%s", menu)
	}
	if row := after["data/purchase_order.go"]; !strings.Contains(row, "APIURL ") || !strings.Contains(row, `form:"api_url" binding:"omitempty,url,max=2000"`) {
		t.Errorf("the row is\n%s", row)
	}
	if sql := after["data/migrations/00003_purchase_orders.sql"]; !strings.Contains(sql, "\t\"order\" ") {
		t.Errorf("the migration is\n%s", sql)
	}
	code, _, errs = gen(t, dir, "purchase_orders", "PurchaseOrder", "number:string")
	if code != 1 || !strings.Contains(errs, "is there already, and is left as it is") {
		t.Errorf("the same page again: exit code %d, %s", code, errs)
	}
	if again := wrote(t, dir); !maps.Equal(again, after) {
		t.Error("the same page again has changed something")
	}
}

// What can't be written is refused with what would be better, and nothing is changed.
func TestGenRefuses(t *testing.T) {
	dir := newApp(t, "ledger")
	before := wrote(t, dir)
	for _, test := range []struct {
		args string
		want string
	}{
		{"orders Order", "gen wants a page, its type and a field at least"},
		{"Orders Order name:string", `a page can't be called "Orders"`},
		{"or-ders Order name:string", `a page can't be called "or-ders"`},
		{"o Order name:string", `a page can't be called "o"`},
		{"orders order name:string", `a type can't be called "order"`},
		{"orders Order! name:string", `a type can't be called "Order!"`},
		{"web_urls WebUrl name:string", "the type WebUrl is called WebURL in Go: call it so"},
		{"sheep Sheep name:string", "page and type are both called Sheep"},
		{"orders_linux Order name:string", "orders_linux.go would be a file for linux alone"},
		{"load_tests LoadTest name:string", "load_test.go would be a file for test alone"},
		{"orders Order name", `"name" is no field`},
		{"orders Order name:string:required", `"name:string:required" is no field`},
		{"orders Order Name:string", `a field can't be called "Name"`},
		{"orders Order a_b:string", `a field can't be called "a_b"`},
		{"orders Order name:varchar", `there is no type "varchar" for the field name`},
		{"orders Order name:string id:int", "each row has a id of its own"},
		{"orders Order name:string table_name:string", "each row has a table_name of its own"},
		{"orders Order name:string name:int", "there are two fields called name"},
		{"orders Order name:string paid:bool:optional", "paid can't be optional"},
		{"orders Order total:decimal name:string", "the first field names a row, and total can't"},
		{"orders Order name:string:optional", "the first field names a row, and name can't"},
		{"items Product name:string", "data/product.go is there already"},
		{"accounts User name:string", "data/user.go is there already"},
		{"products Thing name:string", "web/products.go is there already"},
		{"items Query name:string", "data/query.go is there already"},
		{"items Variant name:string", "Variant is declared in data/product.go already"},
		{"pages Leaf name:string", "web/pages.go is there already"},
		{"assets Asset name:string", "web/assets.go is there already"},
		{"live Life name:string", "the path /live is taken already"},
		{"readyz Ready name:string", "the path /readyz is taken already"},
	} {
		code, out, errs := gen(t, dir, strings.Fields(test.args)...)
		if code == 0 || out != "" || !strings.Contains(errs, test.want) {
			t.Errorf("%s: exit code %d, %q, want %q", test.args, code, errs, test.want)
		}
		if code == 1 && strings.Count(errs, "\n") > 1 {
			t.Errorf("%s: more than a sentence: %s", test.args, errs)
		}
	}
	if !maps.Equal(wrote(t, dir), before) {
		t.Error("something was written")
	}
}

func TestGenElsewhere(t *testing.T) {
	if code, _, errs := gen(t, t.TempDir(), "orders", "Order", "name:string"); code != 1 || !strings.Contains(errs, "there is no go.mod here") {
		t.Errorf("in an empty folder: exit code %d, %s", code, errs)
	}
	dir := newApp(t, "ledger")
	name := filepath.Join(dir, "web", "web.go")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(strings.Replace(string(text), menuEnd, "", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errs := gen(t, dir, "orders", "Order", "name:string"); code != 1 || !strings.Contains(errs, "put it at the end of the list of pages") {
		t.Errorf("without its place in the menu: exit code %d, %s", code, errs)
	}
}

func TestNames(t *testing.T) {
	for snake, want := range map[string]name{
		"order":          {"Order", "order", "order", "Order", "order"},
		"purchase_order": {"PurchaseOrder", "purchaseOrder", "purchase_order", "Purchase order", "purchase order"},
		"api_url":        {"APIURL", "apiURL", "api_url", "API URL", "API URL"},
		"line2":          {"Line2", "line2", "line2", "Line2", "line2"},
	} {
		if got := nameOf(snake); got != want {
			t.Errorf("nameOf(%q) = %q, want %q", snake, got, want)
		}
	}
	for goName, want := range map[string]string{"Order": "order", "PurchaseOrder": "purchase_order", "APIKey": "api_key", "WebURL": "web_url", "Line2": "line2", "X": "x"} {
		if got := snakeOf(goName); got != want {
			t.Errorf("snakeOf(%q) = %q, want %q", goName, got, want)
		}
	}
}
