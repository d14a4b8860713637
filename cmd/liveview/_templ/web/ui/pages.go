package ui

// Pages are the pages of a list, for Pagination.
type Pages struct{ Current, Last int } // from 1

// Previous returns the page before the current one, 0 if that is the first.
func (p Pages) Previous() int { return p.Current - 1 }

// Next returns the page after the current one, 0 if that is the last.
func (p Pages) Next() int {
	if p.Current >= p.Last {
		return 0
	}
	return p.Current + 1
}

// PageLink is a page that can be gone to, or a gap in their row.
type PageLink struct {
	Number       int
	Current, Gap bool
}

// Links returns the first page, the last, those beside the current one and gaps between them:
// seven at most.
func (p Pages) Links() []PageLink {
	var links []PageLink
	from, to := p.Current-1, p.Current+1
	if p.Current <= 3 {
		from, to = 1, 4
	}
	if p.Current >= p.Last-2 {
		from, to = min(from, p.Last-3), p.Last
	}
	for n := 1; n <= p.Last; n++ {
		switch {
		case n == 1, n == p.Last, from <= n && n <= to:
			links = append(links, PageLink{Number: n, Current: n == p.Current})
		case !links[len(links)-1].Gap:
			links = append(links, PageLink{Gap: true})
		}
	}
	return links
}
