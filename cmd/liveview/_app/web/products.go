package web

import (
	"errors"
	"net/http"
	"os"
	"strconv"

	"github.com/gin-gonic/gin"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/js"

	"example.com/shop/data"
)

// The routes of the products, as HandleParams finds them in c.FullPath().
const (
	productsRoute       = "/products"
	newProductRoute     = "/products/new"
	editProductRoute    = "/products/:id/edit"
	productPictureRoute = "/products/:id/picture"
)

// productsTopic is told of each product that is saved or deleted.
const productsTopic = "products"

type productsChanged struct{}

// ProductsState is the list, and the dialog before it.
type ProductsState struct {
	List
	Products data.Page[data.Product]

	Dialog string // its title, "" for none
	Form   liveview.Form[data.Product]
	Theirs *data.Product // what somebody else has saved meanwhile
}

// Pages are those of the list.
func (st ProductsState) Pages() Pages { return pagesOf(st.Products) }

type productsView struct{ products data.Products }

// productRoutes adds the pages to r: one view at three routes, so that the list stays as it
// is while a dialog opens and closes.
func productRoutes(r gin.IRoutes, db *data.DB) {
	v := productsView{db.Products()}
	liveview.Handle(r, productsRoute, v)
	liveview.Handle(r, newProductRoute, v)
	liveview.Handle(r, editProductRoute, v)
	r.GET(productPictureRoute, v.servePicture)
}

// servePicture serves what users have sent as the type that was found in it, and as nothing
// that could run.
func (v productsView) servePicture(c *gin.Context) {
	id, _ := strconv.ParseInt(c.Param("id"), 10, 64) // there is none of 0
	picture, err := v.products.Picture(c.Request.Context(), id)
	if errors.Is(err, data.ErrNotFound) {
		notFound(c)
		return
	}
	if err != nil {
		_ = c.AbortWithError(http.StatusInternalServerError, err)
		return
	}
	c.Header("Content-Security-Policy", "default-src 'none'; sandbox")
	c.Header("Cache-Control", "private, max-age=31536000, immutable") // its URL says which it is
	c.Data(http.StatusOK, picture.Type, picture.Content)
}

// Mount implements [liveview.Mounter].
func (v productsView) Mount(_ *gin.Context, s *liveview.Socket[ProductsState]) error {
	if s.Connected() {
		if _, err := s.Subscribe(productsTopic); err != nil {
			return err
		}
	}
	return s.AllowUpload("picture", liveview.UploadConfig{Accept: []string{".jpg", ".jpeg", ".png", ".webp"}, MaxFileSize: 2_000_000})
}

// HandleParams implements [liveview.ParamsHandler]: the URL says what the list shows, and
// which dialog is open.
func (v productsView) HandleParams(c *gin.Context, s *liveview.Socket[ProductsState]) error {
	dialog, product := "", data.Product{}
	switch c.FullPath() {
	case newProductRoute:
		dialog, product = "New product", data.Product{Active: true, Variants: make([]data.Variant, 1)}
	case editProductRoute:
		id, _ := strconv.ParseInt(c.Param("id"), 10, 64) // there is none of 0
		found, err := v.products.Find(s.Context(), id)
		if errors.Is(err, data.ErrNotFound) {
			notFound(c)
			return nil
		}
		if err != nil {
			return err
		}
		dialog, product = found.Name, found
	}
	if dialog == "" {
		s.PageTitle("Products")
	} else {
		s.PageTitle(dialog)
	}
	if err := s.CancelUploads("picture"); err != nil { // of the dialog before
		return err
	}
	s.Assign(func(st *ProductsState) {
		st.List = listOf(c, "name")
		st.Dialog, st.Form, st.Theirs = dialog, productForm(product), nil
	})
	return v.load(s)
}

func productForm(p data.Product) liveview.Form[data.Product] {
	options := []liveview.FormOption{liveview.As("product")}
	if p.ID == 0 {
		options = append(options, liveview.AsNew()) // with a blank price beside its presets
	}
	return liveview.FormOf(p, options...)
}

func (v productsView) load(s *liveview.Socket[ProductsState]) error {
	page, err := v.products.List(s.Context(), s.State().Query)
	s.Assign(func(st *ProductsState) { st.Products = page })
	return err
}

// HandleInfo implements [liveview.InfoHandler]: somebody has changed a product.
func (v productsView) HandleInfo(s *liveview.Socket[ProductsState], _ any) error { return v.load(s) }

// HandleEvent implements [liveview.EventHandler].
func (v productsView) HandleEvent(s *liveview.Socket[ProductsState], e liveview.Event) error {
	switch e.Name {
	case "search":
		list := s.State().List
		list.Query.Search, list.Query.Page = e.Value("q"), 1
		return s.PushPatch(productsRoute, list.Params(), liveview.HistoryReplace)
	case "check":
		s.Assign(func(st *ProductsState) { st.Form = checkedProduct(st.Form.Apply(e)) })
		return nil
	case "save":
		return v.save(s, checkedProduct(s.State().Form.Apply(e)))
	case "cancel-picture":
		return s.CancelUpload("picture", e.Value("ref"))
	case "take-theirs":
		s.Assign(func(st *ProductsState) {
			if st.Theirs != nil {
				st.Form, st.Theirs = productForm(*st.Theirs), nil
			}
		})
		return nil
	case "delete":
		product := s.State().Form.Value
		if err := v.products.Delete(s.Context(), product.ID); err != nil {
			return err
		}
		return v.done(s, "success", product.Name+" is deleted.")
	}
	return liveview.ErrUnknownEvent
}

// checkedProduct checks what no tag can say.
func checkedProduct(f liveview.Form[data.Product]) liveview.Form[data.Product] {
	price := f.Value.Price
	f.Check("price", price.Equal(price.Round(2)), "must have two decimals at most")
	return f
}

// save saves the form if nothing is wrong with it, and shows what is.
func (v productsView) save(s *liveview.Socket[ProductsState], f liveview.Form[data.Product]) error {
	if f.Valid() {
		picture, err := sentPicture(s)
		if err != nil {
			return err
		}
		saved, err := v.products.Save(s.Context(), f.Value, picture, f.Stale)
		switch {
		case err == nil:
			return v.done(s, "success", saved.Name+" is saved.")
		case errors.Is(err, data.ErrNotFound):
			return v.done(s, "error", f.Value.Name+" has been deleted meanwhile.")
		case errors.Is(err, data.ErrTaken):
			f.Check("name", false, "is the name of another product")
		case errors.Is(err, data.ErrStale):
			s.Assign(func(st *ProductsState) { st.Form, st.Theirs = f, &saved })
			return nil
		default:
			return err
		}
	}
	s.Assign(func(st *ProductsState) { st.Form = f })
	s.PushJS(js.Dispatch("#product", "ui:invalid")) // has the first wrong field focused
	return nil
}

// sentPicture returns the picture that came with the form, nil for none. It stays with the
// page until the dialog is closed, so that it isn't lost with a wrong name.
func sentPicture(s *liveview.Socket[ProductsState]) (*data.Picture, error) {
	var picture *data.Picture
	_, err := liveview.ConsumeUploadedEntries(s, "picture", func(path string, e liveview.UploadEntry) (struct{}, error) {
		content, err := os.ReadFile(path)
		if err != nil {
			return struct{}{}, err
		}
		picture = &data.Picture{Type: e.Type, Content: content}
		return struct{}{}, liveview.ErrPostpone
	})
	return picture, err
}

// done tells everybody, and closes the dialog.
func (v productsView) done(s *liveview.Socket[ProductsState], kind, message string) error {
	if err := s.Publish(productsTopic, productsChanged{}); err != nil {
		return err
	}
	s.PutFlash(kind, message)
	return s.PushPatch(productsRoute, s.State().Params())
}

// Render implements [liveview.View].
func (productsView) Render(st ProductsState) liveview.Rendered { return productsPage.Render(st) }
