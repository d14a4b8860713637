package showcase

import (
	"time"

	"github.com/gin-liveview/liveview"
	"github.com/gin-liveview/liveview/example/ui"
)

// Workshop is what the form is about.
type Workshop struct {
	Title    string    `form:"title" binding:"required,max=40"`
	Email    string    `form:"email" binding:"required,email"`
	Password string    `form:"password" binding:"required,min=8"`
	Place    string    `form:"place" binding:"max=40"`
	Site     string    `form:"site" binding:"omitempty,url"`
	Phone    string    `form:"phone" binding:"max=20"`
	Seats    int       `form:"seats" binding:"required,min=1,max=40"`
	Fee      float64   `form:"fee" binding:"min=0"`
	Day      time.Time `form:"day" time_format:"2006-01-02" binding:"required"`
	Begins   time.Time `form:"begins" time_format:"15:04"`
	Opens    time.Time `form:"opens" time_format:"2006-01-02T15:04"`
	Color    string    `form:"color" binding:"hexcolor"`
	Strength int       `form:"strength" binding:"min=1,max=5"`
	Language string    `form:"language" binding:"required,oneof=en de fr it"`
	Beans    []string  `form:"beans"`
	About    string    `form:"about" binding:"max=300"`
	Level    string    `form:"level" binding:"required,oneof=new some much"`
	Extras   []string  `form:"extras" binding:"max=2"`
	Public   bool      `form:"public"`
	Terms    bool      `form:"terms" binding:"required"`
	Speakers []Speaker `form:"speakers" binding:"max=4,dive"`
}

// Speaker is one who speaks at it.
type Speaker struct {
	Name    string `form:"name" binding:"required,max=30"`
	Minutes int    `form:"minutes" binding:"required,min=5,max=60"`
}

// newForm returns the form as it begins.
func newForm() liveview.Form[Workshop] {
	return liveview.FormOf(Workshop{
		Title: "Coffee from the bean", Seats: 12, Fee: 12.5, Color: "#0b6f6a", Strength: 3, Language: "en",
		Speakers: []Speaker{{"Ada", 20}, {"Bela", 15}},
	}, liveview.As("workshop"))
}

// What can be chosen.
var (
	languages = ui.Options("", "Choose one", "en", "English", "de", "German", "fr", "French", "it", "Italian")
	beans     = []liveview.OptionGroup{
		{Label: "Africa", Options: ui.Options("guji", "Guji", "nyeri", "Nyeri", "gitesi", "Gitesi")},
		{Label: "America", Options: ui.Options("cauca", "Cauca", "cerrado", "Cerrado")},
	}
	levels = ui.Options("new", "New to it", "some", "Some cups", "much", "Barista")
	extras = ui.Options("cake", "Cake", "tour", "A tour of the roastery", "bag", "A bag to take home")
)
