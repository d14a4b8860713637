package e2e

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"github.com/gin-liveview/liveview/internal/freeport"
)

// starterCommand is what writes applications.
var starterCommand = program("liveview", "..", "./cmd/liveview")

// command runs a program in a folder and returns what it says.
func command(t *testing.T, dir string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// ordersPageArgs is a page with a field of each type.
var ordersPageArgs = []string{
	"gen", "page", "orders", "Order", "number:string", "total:decimal", "due:date", "shipped_at:time", "paid:bool",
	"quantity:int", "customer_email:email", "site:url:optional", "notes:text:optional",
}

// newStarter writes an application called ledger, and returns its folder.
func newStarter(t *testing.T, flags ...string) string {
	t.Helper()
	liveview, err := starterCommand()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "ledger")
	command(t, ".", append(append([]string{liveview, "new"}, flags...), dir)...)
	return dir
}

// newStarterWithOrders does so, and adds a page.
func newStarterWithOrders(t *testing.T, flags ...string) string {
	t.Helper()
	dir := newStarter(t, flags...)
	liveview, err := starterCommand()
	if err != nil {
		t.Fatal(err)
	}
	command(t, dir, append([]string{liveview}, ordersPageArgs...)...)
	return dir
}

// What the starter writes compiles as it stands, passes its tests, and is used in Chromium. It
// isn't run beside others: what compiles and tests a whole application leaves them no time.
func TestStarter(t *testing.T) { testStarter(t) }

// What differs with another database and with templ compiles as it stands.
func TestStarterCompiles(t *testing.T) {
	t.Parallel()
	command(t, newStarter(t, "-postgres", "-templ"), "go", "vet", "-race", "./...")
}

// By -slow: the variants do what the application without flags does.
func TestStarterVariants(t *testing.T) {
	if !*slow {
		t.Skip("each of them takes a minute: -slow")
	}
	t.Setenv("TZ", "Asia/Tokyo") // times come back as they were entered, wherever that is
	for _, flags := range starterVariants {
		t.Run(strings.Join(flags, " "), func(t *testing.T) { testStarter(t, flags...) })
	}
}

// starterVariants are the flags of the applications that differ from the one without any.
var starterVariants = [][]string{{"-postgres"}, {"-templ"}, {"-postgres", "-templ"}}

func testStarter(t *testing.T, flags ...string) {
	t.Helper()
	dir := newStarterWithOrders(t, flags...)
	database := filepath.Join(t.TempDir(), "ledger.db")
	if slices.Contains(flags, "-postgres") {
		database = postgresDatabase(t)
		t.Setenv("TEST_DATABASE", database)
	}
	if out := command(t, dir, "gofmt", "-l", "."); out != "" {
		t.Errorf("not formatted: %s", out)
	}
	if slices.Contains(flags, "-templ") {
		made := readGenerated(t, dir)
		command(t, dir, "go", "tool", "templ", "generate")
		if again := readGenerated(t, dir); !maps.Equal(again, made) {
			t.Error("what templ has made of the pages isn't what it makes of them now")
		}
	}
	command(t, dir, "go", "vet", "-race", "./...")
	command(t, dir, "go", "test", "-race", "./...")
	bin := filepath.Join(t.TempDir(), "ledger")
	command(t, dir, "go", "build", "-race", "-o", bin, ".")

	database = "DATABASE=" + database
	user := exec.CommandContext(t.Context(), bin, "user", "ann")
	user.Env = append(os.Environ(), database)
	said, err := user.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, said)
	}
	words := strings.Fields(string(said))
	password := words[len(words)-1]

	addr := freeport.Address(t)
	client, err := filepath.Abs(npmPackages)
	if err != nil {
		t.Fatal(err)
	}
	site := "http://" + addr
	server := &process{
		name: "ledger", program: func() (string, error) { return bin, nil }, dir: t.TempDir(), site: site + "/readyz",
		env: []string{"ADDR=" + addr, database, "SECRET=a secret of the tests' own, long enough", "HTTPS=false", "NODE_MODULES=" + client},
	}
	if err := server.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(server.stop(), server.problem()); err != nil {
			t.Error(err)
		}
	})
	useStarter(t, site, password)
}

// By -slow: the linter finds nothing in what the starter writes, by the settings that it writes.
func TestStarterLint(t *testing.T) {
	if !*slow {
		t.Skip("the linter takes a minute: -slow")
	}
	t.Parallel()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	linters, err := filepath.Glob(filepath.Join(cache, "liveview", "golangci-lint-*", "golangci-lint"))
	if err != nil || len(linters) == 0 {
		t.Fatalf("this test needs the linter, which test.sh builds: %v", err)
	}
	for _, flags := range append(starterVariants, nil) {
		command(t, newStarterWithOrders(t, flags...), linters[len(linters)-1], "run", "--allow-parallel-runners", "./...")
	}
}

// readGenerated returns the Go files that templ has made.
func readGenerated(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, pattern := range []string{"web/*_templ.go", "web/ui/*_templ.go"} {
		names, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(names) == 0 {
			t.Fatalf("%s: %v, %v", pattern, names, err)
		}
		for _, name := range names {
			content, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = string(content)
		}
	}
	return files
}

// useStarter does what there is to do in the application.
func useStarter(t *testing.T, site, password string) {
	t.Helper()
	tb := newPerson(t).open(site + "/products?sort=-price")
	tb.isAccessible("starter-login")
	tb.enter("#name", "ann")
	tb.enter("#password", "wrong")
	tb.click("#login button")
	tb.shows("#problem span", "Name and password don’t match.")
	tb.enter("#password", password)
	tb.click("#login button")
	tb.holds(`location.pathname + location.search === "/products?sort=-price"`)
	tb.live()
	tb.isAccessible("starter-empty")

	// A product by dialog, with rows and a picture.
	photo := filepath.Join(t.TempDir(), "lamp.png")
	if err := os.WriteFile(photo, picture(96), 0o600); err != nil {
		t.Fatal(err)
	}
	tb.mark()
	tb.click("#new")
	tb.focused("#product_name")
	tb.enter("#product_price", "12.505")
	tb.shows("#product_price-error", "must have two decimals at most")
	tb.enter("#product_price", "95")
	tb.enter("[name$='[name]']:not(#product_name)", "Black")
	tb.js(`document.querySelector(".ui-rows-add input").click()`)
	tb.holds(`document.querySelectorAll(".ui-row").length === 2`)
	tb.enter(".ui-row:nth-child(2) [name$='[name]']", "White")
	tb.enter(".ui-row:nth-child(2) [name$='[stock]']", "4")
	tb.run(chromedp.SetUploadFiles(chromedp.CSS("[type=file]"), []string{photo}))
	tb.holds(`document.querySelector(".ui-file img").naturalWidth > 0`)
	tb.isAccessible("starter-dialog")
	tb.click("#product [type=submit]")
	tb.shows("#product_name-error span", "is required")
	tb.enter("#product_name", "Desk lamp")
	tb.click("#product [type=submit]")
	tb.holds(`location.pathname === "/products" && document.querySelector(".ui-toast.is-success").textContent.includes("Desk lamp is saved")`)
	tb.holds(`document.querySelector("td.picture img").naturalWidth > 0`)
	tb.focused("#new")

	// The dialog has a URL: back and forward close and open it. Whoever closes it is where they
	// were. The client gives the focus back twice, the second time two frames later, and by then
	// a click that doesn't wait for it has lost what it aims at.
	tb.click("#products td a")
	tb.holds(`document.querySelectorAll(".ui-row").length === 2 && document.querySelector("img.large").naturalWidth > 0 && Number(document.querySelector("#product_price").value) === 95`)
	tb.run(chromedp.NavigateBack())
	tb.holds(`document.querySelector("#dialog") === null`)
	tb.focused("#products td a")

	// More of them than a page has, searched, sorted and turned.
	for i := range 20 {
		tb.click("#new")
		tb.focused("#product_name")
		tb.enter("#product_name", fmt.Sprintf("Book %02d", i))
		tb.enter("#product_price", fmt.Sprint(100+i))
		tb.js(`document.querySelector(".ui-row [aria-label^=Remove]").click()`)
		tb.holds(`document.querySelectorAll(".ui-row").length === 0`)
		tb.click("#product [type=submit]")
		tb.holds(`document.querySelector("#dialog") === null`)
		tb.focused("#new")
	}
	first := func(want string) {
		t.Helper()
		tb.shows("#products tbody tr:first-child a", want)
	}
	first("Book 19") // by price, downwards, as the URL has it since the log-in
	tb.click("a[rel=next]")
	first("Desk lamp")
	tb.click("#products th a") // by name
	first("Book 00")
	tb.isAccessible("starter-list")
	tb.enter("#q", "lamp")
	first("Desk lamp")
	tb.holds(`location.search === "?q=lamp"`)
	if !tb.marked() {
		t.Error("a page was loaded in between")
	}

	// It is deleted, once the question is answered. Its button stays where it is when the
	// picture arrives.
	tb.click("#products td a")
	tb.run(chromedp.WaitVisible(chromedp.CSS("#delete")))
	if high := eval[float64](tb, `document.querySelector("img.large").getBoundingClientRect().height`); high < 100 {
		t.Errorf("the picture has %v px, whatever has come of it", high)
	}
	if err := chromedp.Listen(tb.ctx, func(event any) {
		if _, ok := event.(*cdppage.EventJavascriptDialogOpening); ok {
			go func() { // ends with its answer: events are told one after the other
				_, _ = chromedp.Call(tb.ctx, cdppage.HandleJavaScriptDialog, cdppage.HandleJavaScriptDialogParams{Accept: true})
			}()
		}
	}); err != nil {
		t.Fatal(err)
	}
	tb.click("#delete")
	tb.holds(`document.querySelector(".ui-empty") !== null`)

	// The page that was added.
	tb.js(`[...document.querySelectorAll("nav a")].find(a => a.textContent === "Orders").click()`)
	tb.holds(`document.querySelector("h1").textContent === "Orders" && document.querySelector("nav [aria-current]").textContent === "Orders"`)
	tb.click("#new")
	tb.focused("#order_number")
	tb.isAccessible("starter-order")
	tb.run(pressed("\x1b")) // Escape
	tb.holds(`location.pathname === "/orders"`)
	tb.focused("#new")

	// Light and dark, as chosen, over a load of the page.
	tb.wear(look{1400, false})
	light := eval[string](tb, `getComputedStyle(document.body).backgroundColor`)
	tb.click("#theme")
	tb.holds(fmt.Sprintf(`getComputedStyle(document.body).backgroundColor !== %q`, light))
	tb.run(chromedp.Reload())
	tb.live()
	tb.holds(fmt.Sprintf(`getComputedStyle(document.body).backgroundColor !== %q`, light))

	tb.click("#log-out")
	tb.holds(`location.pathname === "/login" && document.querySelector("#message").textContent === "You are logged out."`)
}
