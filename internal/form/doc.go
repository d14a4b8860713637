// Package form casts what a form in the browser has sent onto a Go struct, and keeps
// what was typed beside what it means: the text of each field, what is wrong with it,
// whether the user has been there, and the rows of lists with their identity.
//
// Names are those of HTML forms everywhere, such as "product[variants][3][sku]", and of
// the struct's form tags. What comes under other names is left out.
package form
